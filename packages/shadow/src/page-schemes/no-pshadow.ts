import { GroupedShadow } from "./grouped.ts";
import { BLACK, type PageShadowScheme, type SecondLook, type SHOWS_BLACK, SHOWS_ZERO } from "./scheme.ts";

/**
 * The scheme that a reviewer of the series asked for. It has no marks: a CPU that sees bad shadow flushes its TLB and looks again. Memory
 * without its own shadow then shows the same whether it is in use or free. If it shows zeros, a use-after-free of it passes. If it shows
 * black, every access to it is reported. With zeros, a CPU that was not flushed also lets bad accesses to kernel memory pass.
 *
 * Nothing records when a group loses its last kernel page, so a group keeps its shadow.
 */
export class NoPshadow extends GroupedShadow implements PageShadowScheme {
  /** `per-page-no-pshadow`. */
  readonly name: string = "per-page-no-pshadow";
  readonly marks = false;
  private readonly shows: typeof SHOWS_BLACK | typeof SHOWS_ZERO;

  /** @param shows - what memory without shadow of its own shows: {@link SHOWS_ZERO} by default */
  constructor(backend: GroupedShadow["backend"], shows: typeof SHOWS_BLACK | typeof SHOWS_ZERO = SHOWS_ZERO) {
    super(backend);
    this.shows = shows;
  }

  boot(_group: number): number {
    return this.shows;
  }

  allocated(pfn: number, pages: number, kernel: boolean): boolean {
    const fill = () => this.fillOwn(pfn, pages, 0);
    if (kernel) return this.withOwn(pfn, pages, this.shows === SHOWS_ZERO ? 0 : BLACK, fill);
    const { lock } = this.backend;
    lock.acquire();
    fill();
    lock.release();
    return true;
  }

  freed(pfn: number, pages: number): void {
    const { lock } = this.backend;
    lock.acquire();
    this.blacken(pfn, pages);
    lock.release();
  }

  secondLook(first: number, last: number): SecondLook {
    this.eachGroup(first, last - first + 1, (group) => this.backend.flushLocal(group));
    return "look again";
  }
}
