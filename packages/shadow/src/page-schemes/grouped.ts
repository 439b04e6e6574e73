import { BLACK, type PageShadowBackend, SHOWS_BLACK } from "./scheme.ts";

/** The pages of a range that lie in one group: the group, and which of its pages. */
type VisitGroup = (group: number, from: number, to: number) => void;

/** What per-page schemes have in common: groups of pages, and kernel memory's own shadow. */
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
   * Gives the groups of a range shadow of their own, where they have none: what the group's other pages show is `others`.
   * Only this CPU is made to forget what the group showed before. Under the lock.
   *
   * @returns false if memory is short
   */
  protected own(pfn: number, pages: number, others: number): boolean {
    const { backend } = this;
    let enough = true;
    this.eachGroup(pfn, pages, (group) => {
      if (!enough || backend.shown(group) >= 0) return;
      const frame = backend.allocateShadow();
      if (frame < 0) enough = false;
      else {
        backend.fill(frame, 0, backend.perShadow, others);
        backend.show(group, frame, false);
      }
    });
    return enough;
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
