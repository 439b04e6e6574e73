import { GroupedShadow } from "./grouped.ts";
import { BLACK, type PageShadowScheme, type SecondLook, type SHOWS_BLACK, SHOWS_ZERO } from "./scheme.ts";

/**
 * What a reviewer of the series asked for: no marks; who sees bad shadow flushes and looks again. Memory without shadow of
 * its own then shows the same whether it is in use or free: zeros, and a use-after-free of it passes; or black, and
 * every access to it is reported. With zeros, a CPU that was not flushed lets bad accesses to kernel memory pass as well.
 *
 * Nothing tells when a group's last kernel page goes, so shadow stays where it once was.
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
