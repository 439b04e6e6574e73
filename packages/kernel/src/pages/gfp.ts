/** Allocation flags of 6.12 (include/linux/gfp_types.h) that change what the allocators do. */
export const Gfp = {
  HIGH: 0x20,
  IO: 0x40,
  FS: 0x80,
  ZERO: 0x100,
  DIRECT_RECLAIM: 0x400,
  KSWAPD_RECLAIM: 0x800,
  NOWARN: 0x2000,
  COMP: 0x40000,
  /** GFP_KERNEL: may sleep, may start I/O. */
  KERNEL: 0xcc0,
} as const;
