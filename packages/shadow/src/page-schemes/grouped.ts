import { BLACK, type PageShadowBackend, SHOWS_BLACK } from "./scheme.ts";

/** The pages of a range that lie in one group: the group, and which of its pages. */
export type VisitGroup = (group: number, from: number, to: number) => void;

/** The common part of per-page schemes: groups of pages, and real shadow for kernel memory. */
export abstract class GroupedShadow {
  /** The machine. */
  protected readonly backend: PageShadowBackend;

  constructor(backend: PageShadowBackend) {
    this.backend = backend;
  }

  /** Visits the groups of a range of pages, in order. */
  protected eachGroup(pfn: number, pages: number, visit: VisitGroup): void {
    const { perShadow } = this.backend;
    const end = pfn + pages;
    for (let at = pfn; at < end; ) {
      const group = Math.floor(at / perShadow);
      const first = group * perShadow;
      const next = Math.min(end, first + perShadow);
      visit(group, at - first, next - first);
      at = next;
    }
  }

  /**
   * Changes something under the lock, when every group of a range has shadow of its own. What the group's other pages show in new
   * shadow is `others`. Only this CPU is made to forget what the group showed before. Pages for shadow are allocated before the lock is
   * taken: that may sleep.
   *
   * @returns false if memory is short; nothing has changed then
   */
  protected withOwn(pfn: number, pages: number, others: number, change: () => void): boolean {
    const { backend } = this;
    const spare: number[] = [];
    backend.lock.acquire();
    for (let missing = this.missing(pfn, pages); spare.length < missing; missing = this.missing(pfn, pages)) {
      backend.lock.release();
      if (!this.allocate(spare, missing)) return false;
      backend.lock.acquire();
    }
    this.eachGroup(pfn, pages, (group) => {
      if (backend.shown(group) >= 0) return;
      const frame = spare.pop() as number;
      backend.fill(frame, 0, backend.perShadow, others);
      backend.show(group, frame, false);
    });
    change();
    backend.lock.release();
    // Another CPU was faster.
    for (const frame of spare) backend.freeShadow(frame);
    return true;
  }

  /** Groups of a range without shadow of their own. */
  private missing(pfn: number, pages: number): number {
    let count = 0;
    this.eachGroup(pfn, pages, (group) => {
      if (this.backend.shown(group) < 0) count++;
    });
    return count;
  }

  /** Allocates pages for shadow until there are enough. @returns false if memory is short; then there are none */
  private allocate(spare: number[], wanted: number): boolean {
    while (spare.length < wanted) {
      const frame = this.backend.allocateShadow();
      if (frame < 0) {
        for (const one of spare) this.backend.freeShadow(one);
        return false;
      }
      spare.push(frame);
    }
    return true;
  }

  /** Writes the shadow of those pages whose group has its own. */
  protected fillOwn(pfn: number, pages: number, value: number): void {
    const { backend } = this;
    this.eachGroup(pfn, pages, (group, from, to) => {
      const frame = backend.shown(group);
      if (frame >= 0) backend.fill(frame, from, to, value);
    });
  }

  /** A group's own shadow goes; every byte of it is black. No CPU can reach it when it is freed. */
  protected disown(group: number): void {
    const { backend } = this;
    const frame = backend.shown(group);
    if (frame < 0) return;
    backend.show(group, SHOWS_BLACK, true);
    backend.freeShadow(frame);
  }

  /** {@link GroupedShadow.fillOwn} with {@link BLACK}. */
  protected blacken(pfn: number, pages: number): void {
    this.fillOwn(pfn, pages, BLACK);
  }
}
