import { type MakePageScheme, PageMark, type PageShadowBackend, type PageShadowScheme } from "@kasan/shadow";
import { KernelError } from "../error.ts";
import { GRANULE } from "../kasan/shadow/direct-map.ts";

/** Share of memory that is taken to be kernel memory unless told otherwise. */
export const DEFAULT_KERNEL_SHARE = 0.25;

/**
 * Pages that are tried: all of a machine with fewer; of others, what is found is scaled up. Of 2^15 pages the least share that counts is
 * 0.003 %.
 */
const MOST_TRIED = 2 ** 15;

/** What the shadow of RAM takes under a per-page scheme. Bytes unless the name says otherwise. */
export interface PageShadowPlan {
  /** The scheme's name. */
  readonly scheme: string;
  /** Share of memory that is kernel memory, 0 to 1, of what the page allocator has and is not shadow itself: assumed. */
  readonly kernelShare: number;
  /** Whether the scheme keeps the marks, for which {@link pshadow} is set aside. */
  readonly marks: boolean;
  /** The marks: a byte for each page. */
  readonly pshadow: number;
  /** The black page, which memory without shadow of its own can share. */
  readonly black: number;
  /** Shadow of kernel memory that lies together, taken page by page, with its shadow among it: about the least that it can be. */
  readonly together: number;
  /** Shadow of kernel memory that is scattered evenly over all of memory: the most. */
  readonly scattered: number;
  /** In place of all that: a byte for each granule. */
  readonly perByte: number;
}

/** What a machine with a per-page scheme is. */
export interface PagedMachine {
  /** Pages that the page allocator gets. */
  readonly managed: number;
  /** Bytes of a page. */
  readonly pageSize: number;
  /** Bytes set aside for marks. */
  readonly pshadow: number;
  /** Bytes of RAM. */
  readonly memoryBytes: number;
}

/** Refuses a share of memory that is none. @throws {@link KernelError} `CONFIG` */
export function checkKernelShare(share: number): void {
  if (share >= 0 && share <= 1) return;
  throw new KernelError("CONFIG", `${share * 100} % of kernel memory; give 0 to 100`);
}

/** Plans the shadow of RAM under a per-page scheme: told to the scheme itself, over memory that only counts. */
export function planPageShadow(make: MakePageScheme, machine: PagedMachine, kernelShare: number): PageShadowPlan {
  const { managed, pageSize, pshadow, memoryBytes } = machine;
  const tried = Math.min(managed, MOST_TRIED);
  const scaled = (pages: number) => Math.round((pages / tried) * managed) * pageSize;
  const { name: scheme, marks } = new CountedPages(make, 0).scheme;
  return {
    scheme,
    kernelShare,
    marks,
    pshadow,
    black: pageSize,
    together: scaled(ownShadow(make, tried, (kernel, _, total) => kernel < kernelShare * total)),
    scattered: scaled(ownShadow(make, tried, (kernel, taken) => kernel < kernelShare * (taken + 1))),
    perByte: memoryBytes / GRANULE,
  };
}

/** Pages of shadow that kernel memory takes at least: in one block, and their shadow elsewhere. */
export function ownShadowOf(make: MakePageScheme, kernelPages: number): number {
  const memory = new CountedPages(make, 2 * kernelPages);
  memory.take(true, kernelPages);
  return memory.shadow;
}

/**
 * Takes all of some pages, one after the other.
 *
 * @param isKernel - whether the next is kernel memory, from how many were, how many were taken in all, and how many can be that are no shadow
 * @returns how many of them have become shadow
 */
function ownShadow(
  make: MakePageScheme,
  pages: number,
  isKernel: (kernel: number, taken: number, total: number) => boolean,
): number {
  const memory = new CountedPages(make, pages);
  let kernel = 0;
  for (let taken = 0; memory.next < pages; taken++) {
    const next = isKernel(kernel, taken, pages - memory.shadow);
    if (next) kernel++;
    memory.take(next);
  }
  return memory.shadow;
}

/** Memory whose pages are handed out in order, for kernel memory, other memory, and shadow. */
class CountedPages implements PageShadowBackend {
  readonly perShadow = GRANULE;
  readonly lock = { acquire: () => {}, release: () => {} };
  /** The page that comes next. */
  next = 0;
  /** Pages that are shadow. */
  shadow = 0;
  private readonly pages: number;
  /** What they are told to. */
  readonly scheme: PageShadowScheme;
  private readonly marks: Uint8Array;
  private readonly frames: number[];

  constructor(make: MakePageScheme, pages: number) {
    this.pages = pages;
    this.marks = new Uint8Array(pages).fill(PageMark.FREE);
    this.scheme = make(this);
    this.frames = Array.from({ length: Math.ceil(pages / GRANULE) }, (_, group) => this.scheme.boot(group));
  }

  take(kernel: boolean, pages = 1): void {
    const first = this.next;
    this.next += pages;
    this.scheme.allocated(first, pages, kernel);
  }

  mark(pfn: number): number {
    return this.marks[pfn];
  }

  setMark(pfn: number, mark: number): void {
    this.marks[pfn] = mark;
  }

  shown(group: number): number {
    return this.frames[group];
  }

  show(group: number, frame: number): void {
    this.frames[group] = frame;
  }

  allocateShadow(): number {
    if (this.next === this.pages) return -1;
    const frame = this.next++;
    // It needs no shadow of its own.
    this.scheme.allocated(frame, 1, false);
    this.shadow++;
    return frame;
  }

  freeShadow(): void {
    this.shadow--;
  }

  fill(): void {}

  flushLocal(): void {}
}
