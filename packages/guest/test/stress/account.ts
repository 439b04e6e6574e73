import { type Machine, PGTY_BUDDY, PGTY_SLAB } from "@kasan/kernel";
import { PageFlags, type Range } from "@kasan/mmu";
import { PAGE_SIZE, shadowOf, shadowVpnOf, vpnOf } from "@kasan/shadow";

/** The use of a page frame. */
export type Use = "reserved" | "free" | "slab" | "table" | "vmalloc" | "image" | "shadow" | "shared shadow" | "other";

/** Bits of x86-64 page-table entries (Intel SDM 3A, 4.5): present, a page at a level above the last, the address. */
const PRESENT = 1;
const LARGE = 1 << 7;
const ADDRESS_LOW = 0xfffff000;
const ADDRESS_HIGH = 0x000fffff;

/**
 * Accounts for every page frame of an idle machine from its memory alone: descriptors, page tables, areas. Uses none of the
 * machine's counters.
 */
export class Account {
  private readonly machine: Machine;
  private readonly uses: Use[];
  /** Errors found, such as frames in two places or pages that belong to no area. */
  readonly faults: string[] = [];
  /** Shadow pages for vmalloc and module space: shadow page, frame. Excludes mappings of the shared page. */
  readonly shadow = new Map<number, number>();

  constructor(machine: Machine) {
    this.machine = machine;
    this.uses = Array.from({ length: machine.pages.frames });
    // Pages on a CPU's list are free but not marked as such.
    machine.buddy.drain();
    this.descriptors();
    for (const root of machine.space.roots) this.table(root, 0);
    this.spaces();
    this.image();
    this.shadows();
    for (let pfn = 0; pfn < this.uses.length; pfn++) if (this.uses[pfn] === undefined) this.uses[pfn] = "other";
  }

  /** The use of a frame. */
  useOf(pfn: number): Use {
    return this.uses[pfn];
  }

  /** Frames with a given use. */
  frames(use: Use): number[] {
    return this.uses.flatMap((one, pfn) => (one === use ? [pfn] : []));
  }

  private take(pfn: number, use: Use, where: string): void {
    const before = this.uses[pfn];
    if (before !== undefined) this.faults.push(`frame ${pfn} is ${before}, and ${use} ${where}`);
    else this.uses[pfn] = use;
  }

  /** Finds free blocks, slabs, and frames kept by boot, by their descriptors. */
  private descriptors(): void {
    const { pages } = this.machine;
    for (let pfn = 0; pfn < pages.frames; ) {
      const type = pages.type(pfn);
      const [use, order]: [Use | undefined, number] = pages.isReserved(pfn)
        ? ["reserved", 0]
        : type === PGTY_BUDDY
          ? ["free", pages.private_(pfn)]
          : type === PGTY_SLAB
            ? ["slab", pages.isHead(pfn) ? pages.order(pfn) : 0]
            : [undefined, 0];
      if (use) for (let i = 0; i < 1 << order; i++) this.take(pfn + i, use, "by its descriptor");
      pfn += 1 << order;
    }
  }

  /** Visits a page table and those below it. Tables of the shared shadow are reached many times but counted once. */
  private table(physical: number, level: number): void {
    const { ram, architecture } = this.machine;
    const pfn = physical / PAGE_SIZE;
    if (this.uses[pfn] === "table") return;
    this.take(pfn, "table", `of level ${level}`);
    if (level === architecture.levels.length - 1) return;
    for (let at = physical >>> 2; at < (physical + PAGE_SIZE) >>> 2; at += 2) {
      const low = ram.u32[at];
      if ((low & PRESENT) === 0 || (level > 0 && low & LARGE)) continue;
      this.table(((low & ADDRESS_LOW) >>> 0) + (ram.u32[at + 1] & ADDRESS_HIGH) * 2 ** 32, level + 1);
    }
  }

  private *mapped(from: bigint, to: bigint): Generator<Range> {
    for (const range of this.machine.space.ranges(from, to, { byPhysical: true, ignore: 0 })) {
      if (range.kind === "mapped") yield range;
      else if (range.kind !== "unmapped") this.faults.push(`${range.kind} at 0x${range.start.toString(16)}`);
    }
  }

  /** Checks that each page mapped in vmalloc and module space belongs to one area. */
  private spaces(): void {
    const { vmalloc, moduleSpace, architecture } = this.machine;
    const { layout } = architecture;
    const areas = [...vmalloc.list(), ...moduleSpace.list()];
    const owned = new Set(areas.flatMap(({ vpn, pages }) => Array.from({ length: pages - 1 }, (_, i) => vpn + i)));
    let mapped = 0;
    for (const [from, to] of [
      [layout.vmallocStart, layout.vmallocEnd],
      [layout.moduleStart, layout.moduleEnd],
    ]) {
      for (const range of this.mapped(from, to)) {
        for (let vpn = vpnOf(range.start), pfn = range.physical / PAGE_SIZE; vpn <= vpnOf(range.end); vpn++, pfn++) {
          if (!owned.has(vpn)) this.faults.push(`page 0x${vpn.toString(16)} is mapped, and belongs to no area`);
          this.take(pfn, "vmalloc", `at page 0x${vpn.toString(16)}`);
          mapped++;
        }
      }
    }
    if (mapped !== owned.size) this.faults.push(`of ${owned.size} pages of areas, ${mapped} are mapped`);
  }

  private image(): void {
    const { kernelText, moduleStart } = this.machine.architecture.layout;
    for (const { start, end, physical } of this.mapped(kernelText, moduleStart - 1n)) {
      const pages = vpnOf(end) - vpnOf(start) + 1;
      for (let i = 0; i < pages; i++) this.take(physical / PAGE_SIZE + i, "image", "in the kernel image");
    }
  }

  /** Visits the shadow of vmalloc space, the image, and module space. A read-only page there is the shared one. */
  private shadows(): void {
    const { architecture, shadow, kasan } = this.machine;
    if (!kasan) return;
    const { layout } = architecture;
    this.shadowOf(shadowOf(shadow, layout.vmallocStart), shadowOf(shadow, layout.vmallocEnd), true);
    this.shadowOf(shadowOf(shadow, layout.kernelText), shadowOf(shadow, layout.moduleStart - 1n), false);
    this.shadowOf(shadowOf(shadow, layout.moduleStart), shadowOf(shadow, layout.moduleEnd), true);
  }

  private shadowOf(from: bigint, to: bigint, ofAreas: boolean): void {
    // Terabytes of the shared page are one range if ranges need not be linear.
    for (const range of this.machine.space.ranges(from, to, { byPhysical: "repeats" })) {
      if (range.kind !== "mapped") continue;
      const pfn = range.physical / PAGE_SIZE;
      if ((range.flags & PageFlags.WRITE) === 0) {
        if (this.uses[pfn] !== "shared shadow") this.take(pfn, "shared shadow", "");
        continue;
      }
      if (range.backing === "repeated" && range.end - range.start >= BigInt(PAGE_SIZE)) {
        this.faults.push(`frame ${pfn} is writable shadow of several places`);
      }
      const first = vpnOf(range.start);
      for (let i = 0; first + i <= vpnOf(range.end); i++) {
        this.take(pfn + i, "shadow", `at page 0x${(first + i).toString(16)}`);
        if (ofAreas) this.shadow.set(first + i, pfn + i);
      }
    }
  }

  /** Shadow pages needed by areas in use, including guard pages. */
  shadowOfAreas(): Set<number> {
    const { vmalloc, moduleSpace, shadow, taskStacks, options } = this.machine;
    const needed = new Set<number>();
    // The early shadow has no pages of its own for vmalloc space; modules always do.
    const early = options.vmallocShadow !== undefined && !taskStacks.inVmallocSpace;
    for (const { vpn, pages } of [...(early ? [] : vmalloc.list()), ...moduleSpace.list()]) {
      for (let i = 0; i < pages; i++) needed.add(shadowVpnOf(shadow, vpn + i, 0));
    }
    return needed;
  }
}
