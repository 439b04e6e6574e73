/** Allocation flags of 6.12 (include/linux/gfp_types.h) that affect the allocators. */
export const Gfp = {
  /** May be moved: page cache, anonymous pages (`__GFP_MOVABLE`). */
  MOVABLE: 0x8,
  /** May use reserves (`__GFP_HIGH`). */
  HIGH: 0x20,
  /** May start I/O. */
  IO: 0x40,
  /** May call file systems. */
  FS: 0x80,
  /** Fill with zeros. */
  ZERO: 0x100,
  /** May sleep, and thus may free quarantined objects. */
  DIRECT_RECLAIM: 0x400,
  /** May wake kswapd. */
  KSWAPD_RECLAIM: 0x800,
  /** Do not warn on failure. */
  NOWARN: 0x2000,
  /** Make a compound page, which records its order. */
  COMP: 0x40000,
  /** KASAN skips these pages (`__GFP_SKIP_KASAN`): they get no hardware tag and no shadow of their own. */
  SKIP_KASAN: 0x2000000,
  /** GFP_KERNEL: may sleep, may start I/O. */
  KERNEL: 0xcc0,
} as const;
