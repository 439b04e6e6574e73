/** Marks of pages, in the per-page shadow (Joonsoo Kim, "mm/kasan: support per-page shadow memory", 2017). */
export const PageMark = {
  /** Memory that is good as a whole, or bad as a whole, and is allocated: page cache, anonymous pages. */
  GOOD: 0,
  /** It is free (KASAN_PER_PAGE_FREE of the series). */
  FREE: 0xfe,
  /** Kernel memory: the shadow of its bytes decides (KASAN_PER_PAGE_BYPASS of the series). */
  KERNEL: 0xff,
} as const;

/** The value of each byte of the black shadow page: that of a freed page (KASAN_FREE_PAGE, which equals BYPASS in the series). */
export const BLACK = 0xff;

/** In place of a frame: a page of shadow shows the shared black page. */
export const SHOWS_BLACK = -1;
/** In place of a frame: a page of shadow shows the shared page of zeros. */
export const SHOWS_ZERO = -2;

/** The result of the second look at an access whose shadow is bad. */
export type SecondLook =
  /** It is good. */
  | "good"
  /** Shadow may have been stale and is fresh now: it decides. */
  | "look again";

/**
 * Which shadow the pages of the direct map get, as they are handed out and come back. A page of shadow covers
 * {@link PageShadowBackend.perShadow} pages, a group. Kernel memory has shadow of its own; other memory need not.
 *
 * To add a scheme: implement these, take what is needed of the machine as a {@link PageShadowBackend}, and run `pageSchemeContract` of
 * `@kasan/shadow/contract` on it.
 *
 * Concurrency: what a group's entry leads to changes under {@link PageShadowBackend.lock}. A page of shadow is filled
 * before it is shown, and freed once no CPU can reach it.
 */
export interface PageShadowScheme {
  /** For people and for `--shadow-scheme`. */
  readonly name: string;
  /** Whether it keeps a mark for each page, which takes a byte each. */
  readonly marks: boolean;
  /** The page that a group shows after boot has marked its pages: {@link SHOWS_BLACK} or {@link SHOWS_ZERO}. */
  boot(group: number): number;
  /**
   * Pages `pfn` up to `pfn + pages` were allocated, all of their bytes good. `kernel`: kernel memory.
   *
   * @returns false if memory for shadow is short; then they are as they were before
   */
  allocated(pfn: number, pages: number, kernel: boolean): boolean;
  /** Pages are about to be free: accesses to them are bad. */
  freed(pfn: number, pages: number): void;
  /** An access to pages `first` to `last` has met bad shadow. */
  secondLook(first: number, last: number): SecondLook;
}

/** A lock that a scheme takes. A CPU may take it again while it holds it. */
export interface PageShadowLock {
  /** Takes it, when it is free. */
  acquire(): void;
  /** Gives it back. */
  release(): void;
}

/** The functions of the machine that per-page schemes use. */
export interface PageShadowBackend {
  /** Pages of memory that a page of shadow covers. */
  readonly perShadow: number;
  /** Keeps changes of the groups apart. */
  readonly lock: PageShadowLock;
  /** A page's mark, a {@link PageMark}. */
  mark(pfn: number): number;
  /** Sets it. */
  setMark(pfn: number, mark: number): void;
  /** The frame that a group has for its shadow; {@link SHOWS_BLACK} or {@link SHOWS_ZERO} if none. */
  shown(group: number): number;
  /**
   * Lets a group show a frame of its own, or a shared page, as the processor wants such a change made. `everywhere`: no CPU
   * shows what was there before afterwards; else this CPU alone does not.
   */
  show(group: number, frame: number, everywhere: boolean): void;
  /** A page for shadow, itself no kernel memory in the scheme's sense: its frame, or -1. */
  allocateShadow(): number;
  /** Gives it back. */
  freeShadow(frame: number): void;
  /** Fills, in a frame that is shadow, the shadow of pages `from` up to `to` of its group. */
  fill(frame: number, from: number, to: number, value: number): void;
  /** This CPU forgets what its TLB says of a group's shadow. */
  flushLocal(group: number): void;
}

/** Makes a scheme for a machine. */
export type MakePageScheme = (backend: PageShadowBackend) => PageShadowScheme;
