import { type MakePageScheme, PageMark, type PageShadowBackend, type PageShadowScheme } from "@kasan/shadow";
import { KernelError } from "../error.ts";
import { GRANULE } from "../kasan/shadow/direct-map.ts";

/** Default share of memory that is assumed to be kernel memory. */
export const DEFAULT_KERNEL_SHARE = 0.25;

/**
 * Maximum number of pages simulated; results for larger machines are scaled up. With 2^15 pages the resolution of the share is
 * 0.003 %.
 */
const MOST_TRIED = 2 ** 15;

/** Shadow of RAM under a per-page scheme. Bytes unless the name says otherwise. */
export interface PageShadowPlan {
  /** The scheme's name. */
  readonly scheme: string;
  /** Assumed share of kernel memory, 0 to 1, in the page allocator's pages that are not shadow. */
  readonly kernelShare: number;
  /** Whether the scheme uses the marks, for which {@link pshadow} is reserved. */
  readonly marks: boolean;
  /** The marks: a byte per page. */
  readonly pshadow: number;
  /** The black page, shared by memory without shadow of its own. */
  readonly black: number;
  /** Shadow of kernel memory that is contiguous, allocated page by page with its shadow in between: close to the minimum. */
  readonly together: number;
  /** Shadow of kernel memory that is scattered evenly over all of memory: the maximum. */
  readonly scattered: number;
  /** For comparison: shadow with a byte per granule. */
  readonly perByte: number;
}

/** A machine with a per-page scheme. */
export interface PagedMachine {
  /** Number of pages that the page allocator gets. */
  readonly managed: number;
  /** Page size in bytes. */
  readonly pageSize: number;
  /** Bytes reserved for marks. */
  readonly pshadow: number;
  /** Bytes of RAM. */
  readonly memoryBytes: number;
}

/** Validates a share of memory. @throws {@link KernelError} `CONFIG` */
export function checkKernelShare(share: number): void {
  if (share >= 0 && share <= 1) return;
  throw new KernelError("CONFIG", `${share * 100} % of kernel memory; give 0 to 100`);
}

/** Plans the shadow of RAM under a per-page scheme by running the scheme itself over memory that only counts. */
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

/** Minimum shadow pages for kernel memory: in one block, with its shadow elsewhere. */
export function ownShadowOf(make: MakePageScheme, kernelPages: number): number {
  const memory = new CountedPages(make, 2 * kernelPages);
  memory.take(true, kernelPages);
  return memory.shadow;
}

/**
 * Allocates all of some pages, one after the other.
 *
 * @param isKernel - whether the next page is kernel memory, given the kernel pages so far, all pages taken so far, and how many
 *   pages other than shadow there can be
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
  /** The next page. */
  next = 0;
  /** Number of pages used for shadow. */
  shadow = 0;
  private readonly pages: number;
  /** The scheme that is told about them. */
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
