import { GroupedShadow } from "./grouped.ts";
import { BLACK, PageMark, type PageShadowScheme, type SecondLook, SHOWS_BLACK } from "./scheme.ts";

/**
 * Kernel memory has shadow of its own; all else shows the black page, and a mark says whether it may be touched. Black
 * is never wrong in the dangerous direction: a CPU that still shows it takes the second look. So a group's own shadow can be shown with a
 * flush of one CPU alone. When it goes, everybody is flushed first.
 *
 * The series gives a group's shadow back when all of its pages are free and a block of the page allocator: a work item takes
 * that block out, maps black, flushes all CPUs, and frees both. Here it goes with the group's last page of kernel
 * memory; the lock keeps others from the group as the block's isolation does there.
 */
export class PerPageShadow extends GroupedShadow implements PageShadowScheme {
  /** `per-page`. */
  readonly name: string = "per-page";
  readonly marks = true;

  boot(_group: number): number {
    return SHOWS_BLACK;
  }

  allocated(pfn: number, pages: number, kernel: boolean): boolean {
    if (kernel) return this.takeKernel(pfn, pages);
    this.takeOther(pfn, pages);
    return true;
  }

  /** Memory that needs no shadow of its own was allocated. */
  protected takeOther(pfn: number, pages: number): void {
    this.setMarks(pfn, pages, PageMark.GOOD);
  }

  private takeKernel(pfn: number, pages: number): boolean {
    return this.withOwn(pfn, pages, BLACK, () => {
      this.fillOwn(pfn, pages, 0);
      this.setMarks(pfn, pages, PageMark.KERNEL);
    });
  }

  freed(pfn: number, pages: number): void {
    if (this.backend.mark(pfn) === PageMark.KERNEL) this.giveKernel(pfn, pages);
    else this.giveOther(pfn, pages);
  }

  /** Memory without shadow of its own is about to be free. */
  protected giveOther(pfn: number, pages: number): void {
    this.setMarks(pfn, pages, PageMark.FREE);
  }

  /** Kernel memory is about to be free. */
  protected giveKernel(pfn: number, pages: number): void {
    const { lock } = this.backend;
    lock.acquire();
    this.blacken(pfn, pages);
    this.setMarks(pfn, pages, PageMark.FREE);
    this.disownUnused(pfn, pages);
    lock.release();
  }

  /** Shadow goes of groups in which no kernel memory is. */
  private disownUnused(pfn: number, pages: number): void {
    this.eachGroup(pfn, pages, (group) => {
      if (!this.anyMark(group, (mark) => mark === PageMark.KERNEL)) this.disown(group);
    });
  }

  /** Whether the mark of some page of a group is such. */
  protected anyMark(group: number, such: (mark: number) => boolean): boolean {
    const { backend } = this;
    const first = group * backend.perShadow;
    for (let pfn = first; pfn < first + backend.perShadow; pfn++) if (such(backend.mark(pfn))) return true;
    return false;
  }

  /** Marks pages. */
  protected setMarks(pfn: number, pages: number, mark: number): void {
    for (let page = pfn; page < pfn + pages; page++) this.backend.setMark(page, mark);
  }

  /** As the series' check_memory_region: an access that touches kernel memory and other memory is over a boundary. */
  secondLook(first: number, last: number): SecondLook {
    const { backend } = this;
    let good = true;
    for (let pfn = first; pfn <= last; pfn++) if (backend.mark(pfn) !== PageMark.GOOD) good = false;
    if (good) return "good";
    this.eachGroup(first, last - first + 1, (group) => backend.flushLocal(group));
    return "look again";
  }
}
