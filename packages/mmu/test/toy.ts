import { type Architecture, type DecodedEntry, type EntryKind, PageFlags, withHoles } from "../src/index.ts";

const VALID = 1 << 0;
const LEAF = 1 << 1;
const READ_ONLY = 1 << 2;
const USER = 1 << 3;
const EXEC = 1 << 4;
const ACCESSED = 1 << 5;
const DIRTY = 1 << 6;
const GLOBAL = 1 << 7;
const SOFTWARE = 0xf << 12;
const FRAME_BITS = 27;
const LEVELS = [
  { name: "top", shift: 26, indexBits: 5, leaf: false },
  { name: "middle", shift: 20, indexBits: 6, leaf: true },
  { name: "bottom", shift: 13, indexBits: 7, leaf: true },
] as const;
const SPANS = [
  { start: 0, end: 2 ** 19 - 1, root: 0 },
  { start: 2 ** 52 - 2 ** 19, end: 2 ** 52 - 1, root: 1 },
] as const;

/**
 * A processor that nobody builds, unlike x86 wherever that is allowed: 8 KiB pages, three levels of 32, 64 and 128
 * entries, two roots, an ignored top byte, break-before-make, a frame number in the high half, inverted permission bits.
 *
 *     hi  31-27 reserved | 26-0 frame number (8 KiB)
 *     lo  15-12 software | 7 global | 6 dirty | 5 accessed | 4 exec | 3 user | 2 read-only | 1 leaf | 0 valid
 *
 * @param softwareAccessed Whether software has to set the accessed bit, as on early arm64.
 */
export function toy({ softwareAccessed = false } = {}): Architecture {
  const kind = (level: number, lo: number, hi: number): EntryKind => {
    if (!(lo & VALID)) return "none";
    const leaf = (lo & LEAF) !== 0;
    if (hi >>> FRAME_BITS !== 0 || (leaf ? level === 0 : level === 2)) return "reserved";
    if (leaf && level === 1 && hi & 0x7f) return "reserved";
    return leaf ? "leaf" : "table";
  };
  const frame = (_level: number, _lo: number, hi: number) => (hi & (2 ** FRAME_BITS - 1)) * 8192;
  const flags = (_level: number, lo: number) =>
    PageFlags.READ |
    (lo & READ_ONLY ? 0 : PageFlags.WRITE) |
    (lo & EXEC ? PageFlags.EXEC : 0) |
    (lo & USER ? PageFlags.USER : 0) |
    (lo & GLOBAL ? PageFlags.GLOBAL : 0) |
    (lo & ACCESSED ? PageFlags.ACCESSED : 0) |
    (lo & DIRTY ? PageFlags.DIRTY : 0) |
    (lo & SOFTWARE);
  return {
    name: "toy",
    pageShift: 13,
    levels: LEVELS,
    physicalBits: 40,
    roots: ["LOW", "HIGH"],
    spans: SPANS,
    ignoredTopBits: 8,
    breakBeforeMake: true,
    leafFlags: 0x7f | SOFTWARE,
    layout: {
      pageOffset: 0xffff_ffff_8000_0000n,
      directMapEnd: 0xffff_ffff_bfff_ffffn,
      vmallocStart: 0xffff_ffff_c000_0000n,
      vmallocEnd: 0xffff_ffff_cfff_ffffn,
      vmemmap: 0xffff_ffff_d000_0000n,
      shadowStart: 0xffff_ffff_e000_0000n,
      shadowEnd: 0xffff_ffff_efff_ffffn,
      shadowOffset: 0xdfff_ffff_f000_0000n,
      shadowScaleShift: 3,
      kernelText: 0xffff_ffff_f000_0000n,
      moduleStart: 0xffff_ffff_f800_0000n,
      moduleEnd: 0xffff_ffff_ffff_dfffn,
      taskSizeMax: 0x7fff_e000n,
    },
    regions: withHoles(
      [
        { name: "user", start: 0n, end: 0x7fff_ffffn, description: "user space", kind: "used" },
        {
          name: "vmalloc",
          start: 0xffff_ffff_c000_0000n,
          end: 0xffff_ffff_cfff_ffffn,
          description: "vmalloc",
          kind: "used",
        },
      ],
      SPANS,
    ),
    root(vpn) {
      const page = vpn % 2 ** 44;
      return page < 2 ** 19 ? 0 : page >= 2 ** 44 - 2 ** 19 ? 1 : -1;
    },
    kind,
    frame,
    flags,
    limit: (_level, lo) =>
      ~((lo & READ_ONLY ? PageFlags.WRITE : 0) | (lo & EXEC ? 0 : PageFlags.EXEC) | (lo & USER ? 0 : PageFlags.USER)),
    check(held, access) {
      const needed = access & 2 ? PageFlags.WRITE : access & 4 ? PageFlags.EXEC : PageFlags.READ;
      if (!(held & needed) || (access & 8 && !(held & PageFlags.USER))) return "protection";
      return softwareAccessed && !(held & PageFlags.ACCESSED) ? "access-flag" : undefined;
    },
    withAccessed: (_level, lo) => (softwareAccessed || !(lo & LEAF) ? lo : lo | ACCESSED),
    withDirty: (_level, lo) => lo | DIRTY,
    encodeLeaf(_level, physical, wanted, out) {
      out.hi = physical / 8192;
      out.lo =
        VALID |
        LEAF |
        (wanted & PageFlags.WRITE ? 0 : READ_ONLY) |
        (wanted & PageFlags.EXEC ? EXEC : 0) |
        (wanted & PageFlags.USER ? USER : 0) |
        (wanted & PageFlags.GLOBAL ? GLOBAL : 0) |
        (wanted & PageFlags.ACCESSED ? ACCESSED : 0) |
        (wanted & PageFlags.DIRTY ? DIRTY : 0) |
        (wanted & SOFTWARE);
    },
    encodeTable(_level, physical, wanted, out) {
      out.hi = physical / 8192;
      out.lo =
        VALID |
        (wanted & PageFlags.WRITE ? 0 : READ_ONLY) |
        (wanted & PageFlags.EXEC ? EXEC : 0) |
        (wanted & PageFlags.USER ? USER : 0);
    },
    decode(level, entry): DecodedEntry {
      const lo = Number(entry & 0xffff_ffffn);
      const hi = Number(entry >> 32n);
      const what = kind(level, lo, hi);
      return {
        kind: what,
        physical: what === "leaf" || what === "table" ? frame(level, lo, hi) : undefined,
        flags: what === "leaf" ? flags(level, lo) : 0,
        fields: [
          { name: "reserved", high: 63, low: 59, value: entry >> 59n },
          { name: "frame", high: 58, low: 32, value: (entry >> 32n) & 0x7ff_ffffn },
          { name: "bits", high: 31, low: 0, value: entry & 0xffff_ffffn },
        ],
      };
    },
  };
}
