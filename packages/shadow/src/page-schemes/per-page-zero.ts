import { PerPageShadow } from "./per-page.ts";
import { PageMark, SHOWS_BLACK, SHOWS_ZERO } from "./scheme.ts";

/**
 * As `per-page`; and a group shows zeros as long as all of its pages are in use and none is kernel memory, so that
 * accesses to them are judged at once. The second version of the series did so for memory that boot had taken.
 *
 * A CPU that still shows zeros would let bad accesses pass. So zeros go with a flush of every CPU, before a page of the group
 * is free.
 */
export class PerPageZeroShadow extends PerPageShadow {
  /** `per-page-zero`. */
  override readonly name: string = "per-page-zero";

  override boot(group: number): number {
    return this.isGood(group) ? SHOWS_ZERO : SHOWS_BLACK;
  }

  private isGood(group: number): boolean {
    return !this.anyMark(group, (mark) => mark !== PageMark.GOOD);
  }

  protected override takeOther(pfn: number, pages: number): void {
    const { backend } = this;
    backend.lock.acquire();
    super.takeOther(pfn, pages);
    this.eachGroup(pfn, pages, (group) => {
      if (this.isGood(group) && backend.shown(group) === SHOWS_BLACK) backend.show(group, SHOWS_ZERO, false);
    });
    backend.lock.release();
  }

  protected override giveOther(pfn: number, pages: number): void {
    const { backend } = this;
    backend.lock.acquire();
    super.giveOther(pfn, pages);
    this.eachGroup(pfn, pages, (group) => {
      if (backend.shown(group) === SHOWS_ZERO) this.leaveZero(group);
    });
    backend.lock.release();
  }

  /** A group that shows zeros shows black instead. */
  protected leaveZero(group: number): void {
    this.backend.show(group, SHOWS_BLACK, true);
  }
}
