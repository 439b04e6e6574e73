import { addressOf, formatAddress, vpnOf } from "@kasan/shadow";
import { type Architecture, type Entry, PageFlags, pagesPerEntry } from "./architecture.ts";
import { changeFlags, editLeaves, type LeafEdit, type MapJob, mapInto, pruneTables } from "./edit.ts";
import { MmuError } from "./error.ts";
import { type Explanation, explain } from "./explain.ts";
import { Flush } from "./flush.ts";
import type { FrameSource } from "./frames.ts";
import { LeafTables, TableChanges } from "./leaf-tables.ts";
import { type LiveChangeHandler, refuseLiveChange } from "./live-change.ts";
import type { PhysicalMemory } from "./memory.ts";
import { type Range, type RangeOptions, ranges } from "./ranges.ts";
import {
  alreadyMapped,
  changeEntry,
  clearEntry,
  type EditableTables,
  frameAt,
  kindAt,
  reachEntry,
  replaceEntry,
  splitLeaf,
  writeEntry,
} from "./tables.ts";
import type { Tlbs } from "./tlb.ts";
import { WalkResult, walk } from "./walk.ts";

/** The parts of an address space. */
export interface AddressSpaceOptions {
  /** The page-table format. */
  readonly architecture: Architecture;
  /** The RAM that holds the tables. */
  readonly memory: PhysicalMemory;
  /** Physical addresses of existing root tables, one for each of {@link Architecture.roots}. New ones are made otherwise. */
  readonly roots?: readonly number[];
  /** The source of page tables. Not needed to look at existing tables. */
  readonly frames?: FrameSource;
  /** The TLBs that a {@link Flush} goes to. */
  readonly tlbs?: Tlbs;
  /** Hears of a change of a live entry that needs break-before-make; {@link refuseLiveChange} by default, which throws. */
  readonly onLiveChange?: LiveChangeHandler;
  /** Counts replaced tables. All views of the same tables share it, in every thread. */
  readonly changes?: TableChanges;
}

/** How {@link AddressSpace.map} maps. */
export interface MapOptions {
  /** Bytes of the largest page to use; the largest that fits by default. */
  readonly maxPage?: number;
  /** Whether what is mapped there already gives way; an error by default. */
  readonly replace?: boolean;
}

/** How {@link AddressSpace.unmap} unmaps. */
export interface UnmapOptions {
  /** Whether tables that then map nothing are freed. They must not be shared. Kept by default, as Linux keeps the kernel's. */
  readonly freeTables?: boolean;
}

/**
 * Page tables, and the ways to look at them and to change them. Each change leaves the one {@link Flush} of this object
 * pending, which must be spent before the next.
 *
 * The cold methods take addresses as `bigint` and sizes in bytes, multiples of the architecture's page size. The hot ones
 * take page numbers (of 4096 bytes), work on one page of the architecture, and make no garbage.
 *
 * Permissions are those of the leaf and of all tables above it. New tables permit everything to the kernel; they permit
 * user access if the first page mapped below them does.
 *
 * Concurrency: CPUs in several workers may walk the tables while one changes them. Changes themselves are not locked; that
 * is the kernel's `init_mm.page_table_lock`.
 *
 * @example
 * ```ts
 * import { x86_64 } from "@kasan/arch-x86";
 * import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
 *
 * const memory = PhysicalMemory.allocate(1 << 20);
 * const frames = new FramePool(memory, 0x10000, 0x20000);
 * const space = new AddressSpace({ architecture: x86_64({ levels: 4 }), memory, frames });
 * space.map(0xffffc90000000000n, 0x80000, 4096, PageFlags.KERNEL).ignore("nothing was mapped there");
 * console.log(space.explain(0xffffc90000000123n).physical?.toString(16)); // 80123
 * ```
 */
export class AddressSpace implements EditableTables {
  /** The page-table format. */
  readonly architecture: Architecture;
  /** The RAM that holds the tables. */
  readonly memory: PhysicalMemory;
  /** Physical addresses of the root tables, one for each of {@link Architecture.roots}. */
  readonly roots: readonly number[];
  /** The source of page tables. */
  readonly frames: FrameSource | undefined;
  /** The TLBs that {@link pending} goes to. */
  readonly tlbs: Tlbs | undefined;
  /** Is told of changes of live entries that need break-before-make. */
  readonly onLiveChange: LiveChangeHandler;
  /** The CPU that now runs, whose TLBs {@link Flush.flush} flushes. */
  cpu = 0;
  /** The flush that the last change owes. */
  readonly pending: Flush = new Flush(this);
  /** An entry being encoded; of no use outside this package. */
  readonly scratch: Entry = { lo: 0, hi: 0 };
  private readonly found = new WalkResult();
  private readonly leaves: LeafTables;
  private readonly last: number;
  private readonly pagePages: number;
  /** The low bits of a page number that are 0 at the start of a page. By `&`, which costs a fraction of `%`. */
  private readonly pageMask: number;
  /** Frame numbers are below this. */
  private readonly frameSource: number;

  /**
   * Views page tables, or makes new ones.
   *
   * @throws {@link MmuError} `NO_FRAMES` if there are no `roots` and no frames for them, `RANGE` if their number is wrong.
   */
  constructor(options: AddressSpaceOptions) {
    this.architecture = options.architecture;
    this.memory = options.memory;
    this.frames = options.frames;
    this.tlbs = options.tlbs;
    this.onLiveChange = options.onLiveChange ?? refuseLiveChange;
    this.last = this.architecture.levels.length - 1;
    this.leaves = new LeafTables(this.architecture, options.changes ?? new TableChanges());
    this.pagePages = 2 ** (this.architecture.pageShift - 12);
    this.pageMask = this.pagePages - 1;
    this.frameSource = 2 ** (this.architecture.physicalBits - 12);
    this.roots = options.roots ?? this.architecture.roots.map((root) => this.newRoot(root));
    if (this.roots.length !== this.architecture.roots.length) {
      const wanted = this.architecture.roots.join(" and ");
      throw new MmuError("RANGE", `${this.roots.length} root tables given; ${this.architecture.name} has ${wanted}`);
    }
  }

  /** Forgets what it remembers of the tables, after the memory was set back to an earlier state. */
  forget(): void {
    this.leaves.forget();
  }

  /**
   * Maps `size` bytes at `address` to `physical` on, with the largest pages that fit.
   *
   * @param flags {@link PageFlags}, a {@link MemoryType}, bits of the architecture.
   * @throws {@link MmuError} `ALREADY_MAPPED`, `NO_FRAMES`, `MISALIGNED`, `RANGE`, `BAD_TABLE`, `FLUSH_PENDING`. Nothing has
   * been mapped then, unless `replace` is set: then the part before the error has been replaced and its flush is pending.
   */
  map(address: bigint, physical: number, size: number, flags: number, options: MapOptions = {}): Flush {
    this.pending.check();
    const { vpn, pages, root } = this.range(address, size);
    this.checkPhysical(physical, size);
    const { maxPage = Number.POSITIVE_INFINITY, replace = false } = options;
    const job: MapJob = { flags, maxPage, replace, done: vpn, stale: false };
    try {
      mapInto(this, job, 0, root, vpn, vpn + pages, physical);
    } catch (error) {
      if (replace) this.pending.open(vpn, pages, true);
      else editLeaves(this, 0, root, vpn, job.done, (_level, entry) => clearEntry(this, entry));
      throw error;
    }
    return this.pending.open(vpn, pages, job.stale);
  }

  /**
   * Unmaps `size` bytes at `address`, of which some or all may be unmapped already. Splits large pages at the edges.
   *
   * @throws {@link MmuError} `MISALIGNED`, `RANGE`, `NO_FRAMES` (to split), `BAD_TABLE`, `FLUSH_PENDING`.
   */
  unmap(address: bigint, size: number, options: UnmapOptions = {}): Flush {
    let stale = false;
    const flush = this.edit(address, size, (_level, entry) => {
      stale = true;
      clearEntry(this, entry);
    });
    const end = flush.vpn + flush.pages;
    if (options.freeTables) {
      this.leaves.changed();
      pruneTables(this, 0, this.root(flush.vpn), flush.vpn, end);
      this.leaves.changed();
    }
    flush.stale = stale;
    return flush;
  }

  /**
   * Changes flags of what is mapped in the `size` bytes at `address`; gaps stay gaps. Splits large pages at the edges.
   *
   * @param flags The new flags, of which only those in `mask` count.
   * @param mask The flags to change; READ, WRITE, EXEC and USER by default.
   * @throws {@link MmuError} `MISALIGNED`, `RANGE`, `NO_FRAMES` (to split), `BAD_TABLE`, `FLUSH_PENDING`, and
   * `BREAK_BEFORE_MAKE` if a change needs that, as that of a memory type does on arm64: the part before has been changed.
   */
  protect(address: bigint, size: number, flags: number, mask: number = PageFlags.PERMISSIONS): Flush {
    return this.edit(address, size, (level, entry, vpn) => changeFlags(this, level, entry, vpn, flags, mask));
  }

  /**
   * Splits the page that maps `address` until it has at most `pageBytes` bytes. What is mapped does not change.
   *
   * @throws {@link MmuError} `NO_FRAMES`, `FLUSH_PENDING`.
   */
  split(address: bigint, pageBytes: number): Flush {
    this.pending.check();
    const vpn = vpnOf(address);
    const found = this.found;
    if (!walk(this, vpn, found)) return this.pending.open(vpn, 1, false);
    const pages = pagesPerEntry(this.architecture.levels[found.level]!);
    while (found.level < this.last && 2 ** this.architecture.levels[found.level]!.shift > pageBytes) {
      splitLeaf(this, found.level, found.path[found.level]!, vpn);
      walk(this, vpn, found);
    }
    return this.pending.open(Math.floor(vpn / pages) * pages, pages, true);
  }

  /**
   * Lists the addresses `from` … `to` (both inclusive; everything by default) as ranges, including gaps and non-canonical holes. Equal
   * neighbours are merged. Ranges are computed as the caller asks for them, so the tables must not change meanwhile. A table that is
   * reached many times and is the same throughout, like those of KASAN's early shadow, is looked at once.
   */
  ranges(from = 0n, to: bigint = (1n << 64n) - 1n, options: RangeOptions = {}): Generator<Range, void, void> {
    return ranges(this, from, to, options);
  }

  /** How `address` (0 … 2^64-1) is translated: each level's entry, taken apart. Changes nothing. */
  explain(address: bigint): Explanation {
    return explain(this, address);
  }

  /**
   * Maps one page, where nothing is mapped. Hot.
   *
   * @param pfn Physical address divided by 4096.
   * @throws {@link MmuError} `ALREADY_MAPPED`, `NO_FRAMES`, `MISALIGNED`, `RANGE`, `BAD_TABLE`, `FLUSH_PENDING`.
   */
  mapPage(vpn: number, pfn: number, flags: number): Flush {
    this.pending.check();
    this.checkPage(vpn, pfn);
    const entry = this.reachLeaf(vpn, flags);
    if (kindAt(this, this.last, entry) !== "none") throw alreadyMapped(this, this.last, vpn);
    this.architecture.encodeLeaf(this.last, pfn * 4096, flags, this.scratch);
    writeEntry(this, entry, this.scratch);
    return this.pending.open(vpn, this.pagePages, false);
  }

  /**
   * Maps one page, whatever is mapped there (with break-before-make, where the architecture needs it). Hot.
   *
   * @returns The pfn that was mapped there, -1 if none was. {@link pending} holds the flush.
   * @throws {@link MmuError} `NO_FRAMES`, `MISALIGNED`, `RANGE`, `BAD_TABLE`, `FLUSH_PENDING`.
   */
  replacePage(vpn: number, pfn: number, flags: number): number {
    this.pending.check();
    this.checkPage(vpn, pfn);
    const old = this.splitTo(vpn) ? this.found.physical / 4096 : -1;
    const entry = reachEntry(this, vpn, this.last, flags);
    this.architecture.encodeLeaf(this.last, pfn * 4096, flags, this.scratch);
    replaceEntry(this, this.last, entry, vpn);
    this.pending.open(vpn, this.pagePages, old >= 0);
    return old;
  }

  /**
   * Lets one page's entry, which may be live, lead to another frame at once, as a kernel's `set_pte` does. A change that needs
   * break-before-make is reported first ({@link onLiveChange}). Hot.
   *
   * @returns {@link pending}.
   * @throws {@link MmuError} `BREAK_BEFORE_MAKE`, `NO_FRAMES`, `MISALIGNED`, `RANGE`, `BAD_TABLE`, `FLUSH_PENDING`.
   */
  changePage(vpn: number, pfn: number, flags: number): Flush {
    this.pending.check();
    this.checkPage(vpn, pfn);
    const entry = this.reachLeaf(vpn, flags);
    const stale = kindAt(this, this.last, entry) !== "none";
    this.architecture.encodeLeaf(this.last, pfn * 4096, flags, this.scratch);
    changeEntry(this, this.last, entry, vpn);
    return this.pending.open(vpn, this.pagePages, stale);
  }

  /**
   * Unmaps one page. Hot.
   *
   * @returns The pfn that was mapped there, -1 if none was. {@link pending} holds the flush, which is spent if none was.
   * @throws {@link MmuError} `MISALIGNED`, `NO_FRAMES` (to split a large page), `FLUSH_PENDING`.
   */
  unmapPage(vpn: number): number {
    this.pending.check();
    this.checkPage(vpn, 0);
    const entry = this.leaves.entry(vpn);
    if (entry >= 0 && kindAt(this, this.last, entry) === "leaf") {
      const old = frameAt(this, this.last, entry, vpn) / 4096;
      clearEntry(this, entry);
      this.pending.open(vpn, this.pagePages, true);
      return old;
    }
    if (!this.splitTo(vpn)) return -1;
    clearEntry(this, this.found.path[this.last]!);
    this.pending.open(vpn, this.pagePages, true);
    return this.found.physical / 4096;
  }

  /** The pfn that page `vpn` is mapped to; -1 if nothing is mapped there. Hot. */
  lookup(vpn: number): number {
    const entry = this.leaves.entry(vpn);
    if (entry >= 0) {
      const kind = kindAt(this, this.last, entry);
      if (kind === "none") return -1;
      if (kind === "leaf") return frameAt(this, this.last, entry, vpn) / 4096 + (vpn & this.pageMask);
    }
    const { changes } = this.leaves;
    const found = this.found;
    const mapped = walk(this, vpn, found);
    if (found.level === this.last) this.leaves.remember(vpn, found.path[this.last]!, changes);
    return mapped ? found.physical / 4096 : -1;
  }

  /**
   * Whether the table of the last level with page `vpn`'s entry is there and known, so that {@link AddressSpace.mapPage} and
   * {@link AddressSpace.unmapPage} change that entry alone: where pages have one owner each, without a lock. Hot.
   */
  knows(vpn: number): boolean {
    return this.leaves.entry(vpn) >= 0;
  }

  /** Page `vpn`'s entry of the last level; makes the tables above it. */
  private reachLeaf(vpn: number, flags: number): number {
    const known = this.leaves.entry(vpn);
    if (known >= 0) return known;
    const { changes } = this.leaves;
    const entry = reachEntry(this, vpn, this.last, flags);
    this.leaves.remember(vpn, entry, changes);
    return entry;
  }

  /** Walks to page `vpn` without marking anything. The result is good until this object is used again. Hot. */
  walk(vpn: number): WalkResult {
    walk(this, vpn, this.found);
    return this.found;
  }

  /**
   * Lets page `vpn`'s entry at `level` point to the table at physical address `table`, which may be shared: a change of a
   * shared table changes every range that it translates. Makes the tables above it.
   *
   * @param level The level of the entry; the table is of the next level.
   * @param flags What the entry permits to what is below it: READ, WRITE and EXEC by default.
   * @throws {@link MmuError} `ALREADY_MAPPED` if a large page is mapped there, `MISALIGNED`, `RANGE`, `NO_FRAMES`,
   * `BAD_TABLE`, `FLUSH_PENDING`.
   */
  setTable(
    level: number,
    vpn: number,
    table: number,
    flags: number = PageFlags.READ | PageFlags.WRITE | PageFlags.EXEC,
  ): Flush {
    this.pending.check();
    this.checkLevel(level);
    this.checkPage(0, table / 4096);
    const entry = reachEntry(this, vpn, level, flags);
    const kind = kindAt(this, level, entry);
    if (kind === "leaf") throw alreadyMapped(this, level, vpn);
    this.architecture.encodeTable(level, table, flags, this.scratch);
    replaceEntry(this, level, entry, vpn);
    this.leaves.changed();
    return this.openEntry(level, vpn, kind !== "none");
  }

  /**
   * Writes page `vpn`'s entry at `level` as it stands, whatever is there, as a kernel's `set_pte` does. Makes the tables
   * above it. A change of a live entry that needs break-before-make is reported first ({@link onLiveChange}).
   *
   * @param entry The architecture's bits, 0 … 2^64-1.
   * @throws {@link MmuError} `BREAK_BEFORE_MAKE`, `ALREADY_MAPPED` if a large page is mapped there, `RANGE`, `NO_FRAMES`,
   * `BAD_TABLE`, `FLUSH_PENDING`.
   */
  setEntry(level: number, vpn: number, entry: bigint): Flush {
    this.pending.check();
    if (level !== this.last) this.checkLevel(level);
    const address = reachEntry(this, vpn, level, 0);
    const stale = kindAt(this, level, address) !== "none";
    this.scratch.lo = Number(BigInt.asIntN(32, entry));
    this.scratch.hi = Number(BigInt.asIntN(32, entry >> 32n));
    changeEntry(this, level, address, vpn);
    if (level < this.last) this.leaves.changed();
    return this.openEntry(level, vpn, stale);
  }

  /**
   * Clears page `vpn`'s entry at `level`, and with it everything that the entry maps. Frees no table.
   *
   * @returns The physical address that the entry pointed to; -1 if it was empty, or a level above it is.
   * {@link pending} holds the flush, which is spent if there was nothing to clear.
   * @throws {@link MmuError} `RANGE` if there is no such level, `FLUSH_PENDING`.
   */
  clearEntry(level: number, vpn: number): number {
    this.pending.check();
    if (level !== this.last) this.checkLevel(level);
    walk(this, vpn, this.found);
    if (this.found.level < level) return -1;
    const entry = this.found.path[level]!;
    if (kindAt(this, level, entry) === "none") return -1;
    const old = frameAt(this, level, entry, vpn);
    clearEntry(this, entry);
    if (level < this.last) this.leaves.changed();
    this.openEntry(level, vpn, true);
    return old;
  }

  private openEntry(level: number, vpn: number, stale: boolean): Flush {
    const pages = pagesPerEntry(this.architecture.levels[level]!);
    return this.pending.open(Math.floor(vpn / pages) * pages, pages, stale);
  }

  private edit(address: bigint, size: number, edit: LeafEdit): Flush {
    this.pending.check();
    const { vpn, pages, root } = this.range(address, size);
    try {
      editLeaves(this, 0, root, vpn, vpn + pages, edit);
    } finally {
      this.pending.open(vpn, pages, true);
    }
    return this.pending;
  }

  /** Splits what maps page `vpn` down to the smallest page. Returns whether anything maps it; `#found` says what. */
  private splitTo(vpn: number): boolean {
    const found = this.found;
    if (!walk(this, vpn, found)) return false;
    while (found.level < this.last) {
      splitLeaf(this, found.level, found.path[found.level]!, vpn);
      walk(this, vpn, found);
    }
    return true;
  }

  private newRoot(name: string): number {
    const table = this.frames?.allocate() ?? -1;
    if (table < 0)
      throw new MmuError("NO_FRAMES", `no frame for the root table of ${name}; give \`frames\` or \`roots\``);
    return table;
  }

  /** The root table for page `vpn`, which must be canonical. */
  private root(vpn: number): number {
    return this.roots[this.architecture.root(vpn)]!;
  }

  private range(address: bigint, size: number): { vpn: number; pages: number; root: number } {
    const bytes = 2 ** this.architecture.pageShift;
    const where = `${size} bytes at ${formatAddress(address)}`;
    if (address % BigInt(bytes) !== 0n || size % bytes !== 0) {
      throw new MmuError("MISALIGNED", `${where}: give multiples of the page size, ${bytes}`);
    }
    const vpn = vpnOf(address);
    const pages = size / 4096;
    const span = this.architecture.spans.find((span) => span.start <= vpn && vpn + pages - 1 <= span.end);
    if (!(pages > 0) || span === undefined) {
      throw new MmuError("RANGE", `${where}: not a range of canonical addresses of ${this.architecture.name}`);
    }
    return { vpn, pages, root: this.roots[span.root]! };
  }

  private checkPhysical(physical: number, size: number): void {
    const { pageShift, physicalBits, name } = this.architecture;
    if (physical % 2 ** pageShift !== 0) {
      const bytes = 2 ** pageShift;
      throw new MmuError(
        "MISALIGNED",
        `physical 0x${physical.toString(16)} is not a multiple of the page size, ${bytes}`,
      );
    }
    if (physical < 0 || physical + size > 2 ** physicalBits) {
      const bits = `${physicalBits} bits on ${name}`;
      throw new MmuError(
        "RANGE",
        `physical 0x${physical.toString(16)} and ${size} bytes on: physical addresses have ${bits}`,
      );
    }
  }

  private checkPage(vpn: number, pfn: number): void {
    if ((vpn & this.pageMask) !== 0) {
      const bytes = 2 ** this.architecture.pageShift;
      throw new MmuError(
        "MISALIGNED",
        `${formatAddress(addressOf(vpn, 0))} is not a multiple of the page size, ${bytes}`,
      );
    }
    if ((pfn & this.pageMask) !== 0 || !(pfn >= 0 && pfn < this.frameSource)) {
      this.checkPhysical(pfn * 4096, 4096);
    }
  }

  private checkLevel(level: number): void {
    if (level >= 0 && level < this.last && Number.isInteger(level)) return;
    const { name } = this.architecture;
    throw new MmuError("RANGE", `level ${level}: tables of ${name} hang from levels 0 to ${this.last - 1}`);
  }
}
