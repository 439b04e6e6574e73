// @ts-check
/**
 * 32-bit PowerPC as a platform: book3s/32 with `CONFIG_PTE_64BIT`, whose entries have 8 bytes, Linux 6.12. Facts are from
 * arch/powerpc: include/asm/book3s/32/pgtable.h, include/asm/kasan.h, include/asm/fixmap.h, Kconfig.
 *
 * Linux keeps two levels of tables in software. The processor looks into a hash table, which hash_page (mm/book3s32/hash_low.S)
 * fills from them; it sets the accessed and dirty bits too. What is modelled is the tables.
 *
 * Where an interface of `@kasan/mmu` has no words for what this processor does, a comment says "Not expressed".
 */
import { Access, MEMORY_TYPE_SHIFT, MemoryType, PageFlags, withHoles } from "@kasan/mmu";

/** Bits of a PTE, all in its low half. */
const PRESENT = 0x001;
const HASHPTE = 0x002;
const READ = 0x004;
const GUARDED = 0x008;
const COHERENT = 0x010;
const NO_CACHE = 0x020;
const WRITETHRU = 0x040;
const DIRTY = 0x080;
const ACCESSED = 0x100;
const EXEC = 0x200;
const WRITE = 0x400;
const SPECIAL = 0x800;
/** Where the frame starts: PTE_RPN_SHIFT is PAGE_SHIFT. */
const FRAME = 0xfffff000;

/** What `PageFlags` leaves to the architecture, as flags; a PTE's bits shifted left by this. */
const OWN_SHIFT = 12;
const OWN = HASHPTE | COHERENT | SPECIAL;

/**
 * Not expressed: entries are big-endian, and a PGD entry has 4 bytes, so that 2048 of them are 8 KiB. Here both levels' entries have 8
 * little-endian bytes, and the PGD is four tables of a page, each a root of its own.
 *
 * Not expressed: block address translation (BATs), which maps the direct map beside the tables.
 */
const LEVELS = [
  { name: "PGD", shift: 21, indexBits: 9, leaf: false },
  { name: "PTE", shift: 12, indexBits: 9, leaf: true },
];
const ROOT_PAGES = 2 ** 18;
const SPANS = [0, 1, 2, 3].map((root) => ({
  start: root * ROOT_PAGES,
  end: (root + 1) * ROOT_PAGES - 1,
  root,
}));

/**
 * What an entry is. `pmd_none`, `pmd_bad`: a PGD entry is the address of a table and nothing else, without a bit that says that it is
 * there; so no table can lie at address 0.
 *
 * @type {import("@kasan/mmu").Architecture["kind"]}
 */
function kind(level, lo, hi) {
  if (level === 0) {
    if ((lo | hi) === 0) return "none";
    return hi !== 0 || (lo & FRAME) === 0 || (lo & ~FRAME) !== 0 ? "reserved" : "table";
  }
  if (!(lo & PRESENT)) return "none";
  // Physical addresses have 32 bits here. With 36, as MAX_POSSIBLE_PHYSMEM_BITS says, frames could lie above 4 GiB, and tables,
  // whose entries have 4 bytes, could not. Not expressed: one width is for both.
  return hi === 0 ? "leaf" : "reserved";
}

/** @param {number} lo */
const frame = (lo) => (lo & FRAME) >>> 0;

/** @param {number} lo */
function memoryType(lo) {
  if (lo & NO_CACHE) return lo & GUARDED ? MemoryType.UNCACHED : MemoryType.WRITE_COMBINING;
  return lo & WRITETHRU ? MemoryType.WRITE_THROUGH : MemoryType.WRITE_BACK;
}

/** The bits of each memory type (pgprot_noncached, pgprot_writecombine, pgprot_cached_wthru); write-back for those that there are not. */
const TYPE_BITS = Array.from({ length: 8 }, (_, type) => {
  if (type === MemoryType.UNCACHED) return NO_CACHE | GUARDED;
  if (type === MemoryType.WRITE_COMBINING) return NO_CACHE;
  return type === MemoryType.WRITE_THROUGH ? WRITETHRU : 0;
});

/**
 * Not expressed: a page is user space's if its address is below TASK_SIZE, and executable only if its segment of 256 MiB is (the
 * segment registers' Ks and N). An entry does not say, and `flags` is not told the address. So no page is user space's here.
 *
 * @param {number} lo
 */
const flags = (lo) =>
  (lo & READ ? PageFlags.READ : 0) |
  (lo & WRITE ? PageFlags.WRITE : 0) |
  (lo & EXEC ? PageFlags.EXEC : 0) |
  (lo & ACCESSED ? PageFlags.ACCESSED : 0) |
  (lo & DIRTY ? PageFlags.DIRTY : 0) |
  (memoryType(lo) << MEMORY_TYPE_SHIFT) |
  ((lo & OWN) << OWN_SHIFT);

/** @type {import("@kasan/mmu").Architecture["encodeLeaf"]} */
function encodeLeaf(_level, physical, wanted, out) {
  out.hi = 0;
  out.lo =
    physical |
    PRESENT |
    (wanted & PageFlags.READ ? READ : 0) |
    (wanted & PageFlags.WRITE ? WRITE : 0) |
    (wanted & PageFlags.EXEC ? EXEC : 0) |
    (wanted & PageFlags.ACCESSED ? ACCESSED : 0) |
    (wanted & PageFlags.DIRTY ? DIRTY : 0) |
    TYPE_BITS[(wanted & PageFlags.MEMORY_TYPE) >>> MEMORY_TYPE_SHIFT] |
    ((wanted >>> OWN_SHIFT) & OWN);
}

/** The bits of a PTE by name, the highest first, as the kernel spells them without `_PAGE_`. */
const PTE_FIELDS = [
  "SPECIAL",
  "WRITE",
  "EXEC",
  "ACCESSED",
  "DIRTY",
  "WRITETHRU",
  "NO_CACHE",
  "COHERENT",
  "GUARDED",
  "READ",
  "HASHPTE",
  "PRESENT",
];

/** @type {import("@kasan/mmu").Architecture["decode"]} */
function decode(level, entry) {
  const lo = Number(entry & 0xffffffffn);
  const what = kind(level, lo, Number(entry >> 32n));
  const points = what === "leaf" || what === "table";
  const high = { name: "reserved", high: 63, low: 32, value: entry >> 32n };
  const address = { name: level === 0 ? "table" : "RPN", high: 31, low: 12, value: (entry >> 12n) & 0xfffffn };
  const low =
    level === 0
      ? [{ name: "reserved", high: 11, low: 0, value: entry & 0xfffn }]
      : PTE_FIELDS.map((name, i) => ({ name, high: 11 - i, low: 11 - i, value: (entry >> BigInt(11 - i)) & 1n }));
  return {
    kind: what,
    physical: points ? frame(lo) : undefined,
    flags: what === "leaf" ? flags(lo) : 0,
    fields: [high, address, ...low],
  };
}

/** PAGE_OFFSET, and VMALLOC_OFFSET, which is also what VMALLOC_START is a multiple of. */
const PAGE_OFFSET = 0xc0000000n;
const VMALLOC_OFFSET = 0x1000000n;
/** Below kernel and modules: TASK_SIZE with modules, and MODULES_VADDR of 64 MiB of them (CONFIG_MODULES_SIZE). */
const TASK_SIZE = 0xb0000000n;
const MODULES_START = PAGE_OFFSET - (64n << 20n);
/** KASAN_SHADOW_START, KASAN_SHADOW_END, CONFIG_KASAN_SHADOW_OFFSET. */
const SHADOW_OFFSET = 0xe0000000n;
const SHADOW_START = SHADOW_OFFSET + (TASK_SIZE >> 3n);
const SHADOW_END = 0x100000000n - ((0x100000000n - SHADOW_START) >> 3n);
/** FIXADDR_TOP, and FIXADDR_START of 1056 fixed pages: 32 for early debugging, 1024 for early ioremap. */
const FIXMAP_END = SHADOW_START - 0x1000n;
const FIXMAP_START = FIXMAP_END - 1056n * 0x1000n;
/** VMALLOC_END, a multiple of what a page of shadow covers. */
const VMALLOC_END = FIXMAP_START & ~0x7fffn;

/**
 * The address space of a kernel with so many bytes of low memory.
 *
 * Not expressed: VMALLOC_START depends on how much memory there is; it is an option here. The kernel image lies at the start of the direct
 * map. There is no vmemmap: mem_map lies in low memory; here it is put into the hole below vmalloc space, where it fits.
 *
 * @param {bigint} lowmem
 * @returns {import("@kasan/mmu").AddressLayout}
 */
const layoutOf = (lowmem) => ({
  pageOffset: PAGE_OFFSET,
  directMapEnd: PAGE_OFFSET + lowmem - 1n,
  vmallocStart: (PAGE_OFFSET + lowmem + VMALLOC_OFFSET) & ~(VMALLOC_OFFSET - 1n),
  vmallocEnd: VMALLOC_END - 1n,
  vmemmap: PAGE_OFFSET + lowmem,
  shadowStart: SHADOW_START,
  shadowEnd: SHADOW_END - 1n,
  shadowOffset: SHADOW_OFFSET,
  shadowScaleShift: 3,
  kernelText: PAGE_OFFSET,
  moduleStart: MODULES_START,
  moduleEnd: PAGE_OFFSET - 1n,
  taskSizeMax: TASK_SIZE,
});

/**
 * @param {import("@kasan/mmu").AddressLayout} layout
 * @returns {import("@kasan/mmu").Region[]}
 */
function regionsOf(layout) {
  /**
   * @param {string} name
   * @param {bigint} start
   * @param {bigint} end
   * @param {string} description
   * @returns {import("@kasan/mmu").Region}
   */
  const used = (name, start, end, description) => ({ name, start, end, description, kind: "used" });
  return withHoles(
    [
      used("user space", 0n, TASK_SIZE - 1n, "user-space memory, one per process"),
      used("modules", layout.moduleStart, layout.moduleEnd, "modules (MODULES_VADDR)"),
      used("direct map", layout.pageOffset, layout.directMapEnd, "low memory, with the kernel image (PAGE_OFFSET)"),
      used("vmalloc", layout.vmallocStart, layout.vmallocEnd, "vmalloc and ioremap space (VMALLOC_START)"),
      used("fixmap", FIXMAP_START, FIXMAP_END - 1n, "fixed mappings, set at compile time (FIXADDR_START)"),
      used("KASAN shadow", layout.shadowStart, layout.shadowEnd, "KASAN shadow memory"),
    ],
    SPANS,
  );
}

/**
 * 32-bit PowerPC.
 *
 * @param {number} [lowmem] MiB of low memory, 16 to 768 (CONFIG_LOWMEM_SIZE).
 * @returns {import("@kasan/platform").Platform}
 */
export function ppc32(lowmem = 768) {
  const layout = layoutOf(BigInt(lowmem) << 20n);
  return {
    name: "32-bit PowerPC",
    pageShift: 12,
    levels: LEVELS,
    physicalBits: 32,
    roots: SPANS.map(({ root }) => `PGD[${root * 512}]`),
    spans: SPANS,
    ignoredTopBits: 0,
    // The hash table needs it, and is emptied of an entry whenever its PTE changes (pte_update); the tables do not.
    breakBeforeMake: false,
    leafFlags:
      PageFlags.READ |
      PageFlags.WRITE |
      PageFlags.EXEC |
      PageFlags.ACCESSED |
      PageFlags.DIRTY |
      PageFlags.MEMORY_TYPE |
      (OWN << OWN_SHIFT),
    layout,
    regions: regionsOf(layout),
    root: (vpn) => (vpn < 2 ** 20 ? Math.floor(vpn / ROOT_PAGES) : -1),
    kind,
    frame: (_level, lo) => frame(lo),
    flags: (_level, lo) => flags(lo),
    limit: () => -1,
    check(held, access) {
      const needed =
        access & Access.WRITE ? PageFlags.WRITE : access & Access.EXECUTE ? PageFlags.EXEC : PageFlags.READ;
      const permitted = held & needed && (!(access & Access.USER) || held & PageFlags.USER);
      return permitted ? undefined : "protection";
    },
    withAccessed: (level, lo) => (level === 0 ? lo : lo | ACCESSED),
    withDirty: (_level, lo) => lo | DIRTY,
    encodeLeaf,
    encodeTable(_level, physical, _flags, out) {
      out.hi = 0;
      out.lo = physical;
    },
    decode,
    memoryModel: {
      storesInOrder: false,
      walksSeeOwnStores: false,
      atomicsDrain: false,
      broadcast: true,
      instructions: {
        storesBarrier: "eieio",
        barrier: "sync",
        contextBarrier: "isync",
        flushAll: "tlbie",
        flushOwn: "tlbie of this CPU",
        flushed: "sync: the tlbie is complete",
      },
    },
  };
}

/** @type {import("@kasan/platform").PlatformPlugin[]} */
export const platforms = [
  {
    name: "ppc32",
    title: "32-bit PowerPC",
    options: [
      {
        name: "lowmem",
        placeholder: "MiB",
        about: "low memory, behind which vmalloc space starts",
        values: { least: 16, most: 768 },
        default: "768",
      },
    ],
    modes: ["generic"],
    create: ({ lowmem }) => ppc32(Number(lowmem)),
  },
];
