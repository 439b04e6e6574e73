/** Bits of `gfp_t` in 6.12, from bit 0 (include/linux/gfp_types.h); one has no name. */
const BITS = [
  ..."DMA HIGHMEM DMA32 MOVABLE RECLAIMABLE HIGH IO FS ZERO - DIRECT_RECLAIM KSWAPD_RECLAIM WRITE NOWARN".split(" "),
  ..."RETRY_MAYFAIL NOFAIL NORETRY MEMALLOC COMP NOMEMALLOC HARDWALL THISNODE ACCOUNT ZEROTAGS".split(" "),
  ..."SKIP_ZERO SKIP_KASAN".split(" "),
];
const bits = (...names: string[]): bigint => names.reduce((sum, name) => sum | (1n << BigInt(BITS.indexOf(name))), 0n);

/** A zone's flag alone is what is asked for; other flags only modify it. */
const prefixed = (name: string): string => (/^DMA/.test(name) ? `GFP_${name}` : `__GFP_${name}`);

const RECLAIM = bits("DIRECT_RECLAIM", "KSWAPD_RECLAIM");
const KERNEL = RECLAIM | bits("IO", "FS");
const USER = KERNEL | bits("HARDWALL");
const HIGHUSER = USER | bits("HIGHMEM");
const HIGHUSER_MOVABLE = HIGHUSER | bits("MOVABLE");
const TRANSHUGE_LIGHT = (HIGHUSER_MOVABLE | bits("COMP", "NOMEMALLOC", "NOWARN")) & ~RECLAIM;

/** Flags that go by a name of their own, in the order in which they are looked for after those together. */
const SINGLE = [
  ..."DMA HIGHMEM DMA32 HIGH IO FS NOWARN RETRY_MAYFAIL NOFAIL NORETRY COMP ZERO NOMEMALLOC MEMALLOC".split(" "),
  ..."HARDWALL THISNODE RECLAIMABLE MOVABLE ACCOUNT WRITE RECLAIM DIRECT_RECLAIM KSWAPD_RECLAIM ZEROTAGS".split(" "),
  ..."SKIP_ZERO SKIP_KASAN".split(" "),
];
/** Names of flags together, then of those by themselves: the order in which they are looked for (mmflags.h). */
const NAMES: readonly (readonly [name: string, mask: bigint])[] = [
  ["GFP_TRANSHUGE", TRANSHUGE_LIGHT | bits("DIRECT_RECLAIM")],
  ["GFP_TRANSHUGE_LIGHT", TRANSHUGE_LIGHT],
  ["GFP_HIGHUSER_MOVABLE", HIGHUSER_MOVABLE],
  ["GFP_HIGHUSER", HIGHUSER],
  ["GFP_USER", USER],
  ["GFP_KERNEL_ACCOUNT", KERNEL | bits("ACCOUNT")],
  ["GFP_KERNEL", KERNEL],
  ["GFP_NOFS", RECLAIM | bits("IO")],
  ["GFP_ATOMIC", bits("HIGH", "KSWAPD_RECLAIM")],
  ["GFP_NOIO", RECLAIM],
  ["GFP_NOWAIT", bits("KSWAPD_RECLAIM", "NOWARN")],
  ...SINGLE.map((name) => [prefixed(name), name === "RECLAIM" ? RECLAIM : bits(name)] as const),
];

/** `%pGg`: flags of an allocation by their names. What has none is in hex. */
export function allocationFlags(flags: bigint): string {
  const words: string[] = [];
  for (const [name, mask] of NAMES) {
    if ((flags & mask) !== mask) continue;
    words.push(name);
    flags &= ~mask;
  }
  if (flags !== 0n) words.push(`0x${flags.toString(16)}`);
  return words.join("|");
}
