import {
  BLACK,
  NoPshadow,
  PageMark,
  type PageShadowBackend,
  PerPageShadow,
  PerPageZeroShadow,
  type SecondLook,
  SHOWS_BLACK,
} from "@kasan/shadow";
import type { ExploredVariant } from "../registry.ts";

/** Another CPU may still show black where real shadow is; who does not flush before it looks again sees it twice. */
class NoRecheckFlush extends PerPageShadow {
  override secondLook(first: number, last: number): SecondLook {
    for (let pfn = first; pfn <= last; pfn++) if (this.backend.mark(pfn) !== PageMark.GOOD) return "look again";
    return "good";
  }
}

/** The second look at bad shadow does not flush the TLB first. */
export const noRecheckFlush: ExploredVariant = {
  name: "per-page-no-recheck",
  about: "the second look does not flush: a TLB still shows black for kernel memory",
  pages: (backend) => new NoRecheckFlush(backend),
  inPlace: true,
  breaks: "false-report",
  setup: ["take kernel 0", "give 0"],
  programs: [["access 1", "access 0"], ["take kernel 0"]],
};

/** Every change is flushed from one CPU alone, as if taking shadow away were as harmless as giving it. */
const localOnly = (backend: PageShadowBackend): PageShadowBackend => ({
  ...backend,
  show: (group, frame) => backend.show(group, frame, false),
});

/** Shadow is taken away with a flush of this CPU alone. */
export const localUnmap: ExploredVariant = {
  name: "per-page-local-unmap",
  about: "shadow is taken back with a flush of one CPU: others still reach the page, which is somebody else's",
  pages: (backend) => new PerPageShadow(localOnly(backend)),
  inPlace: true,
  breaks: "early-free",
  setup: ["take kernel 0"],
  programs: [["give 0"], ["access 0"]],
};

class LocalZero extends PerPageZeroShadow {
  protected override leaveZero(group: number): void {
    this.backend.show(group, SHOWS_BLACK, false);
  }
}

/** Zeros go with a flush of one CPU alone. */
export const localZero: ExploredVariant = {
  name: "per-page-zero-local",
  about: "a group leaves the page of zeros with a flush of one CPU: others let bad accesses pass",
  pages: (backend) => new LocalZero(backend),
  inPlace: true,
  breaks: "missed-bug",
  setup: ["take user 0", "take user 1"],
  programs: [["give 0"], ["access 0"]],
};

/** As the series changes entries, which is for x86. */
export const perPageInPlace: ExploredVariant = {
  name: "per-page-in-place",
  about: "entries lead elsewhere at once, as in the series, where the processor wants break-before-make",
  pages: (backend) => new PerPageShadow(backend),
  inPlace: true,
  wrongOn: ({ breakBeforeMake }) => breakBeforeMake,
  breaks: "break-before-make",
  setup: [],
  programs: [["take kernel 0"], ["access 1"]],
};

/** Decides under the lock that shadow goes, and takes it away after that. */
class LateUnmap extends PerPageShadow {
  protected override giveKernel(pfn: number, pages: number): void {
    const { lock } = this.backend;
    lock.acquire();
    this.blacken(pfn, pages);
    this.setMarks(pfn, pages, PageMark.FREE);
    const unused: number[] = [];
    this.eachGroup(pfn, pages, (group) => {
      if (!this.anyMark(group, (mark) => mark === PageMark.KERNEL)) unused.push(group);
    });
    lock.release();
    lock.acquire();
    for (const group of unused) this.disown(group);
    lock.release();
  }
}

/** What the review asked about the series' work item: the group is somebody else's by the time that its shadow goes. */
export const lateUnmap: ExploredVariant = {
  name: "per-page-late-unmap",
  about: "shadow is taken back later than it was decided: another page of the group is kernel memory by then",
  pages: (backend) => new LateUnmap(backend),
  breaks: "false-report",
  setup: ["take kernel 0"],
  programs: [["give 0"], ["take kernel 1", "access 1"]],
};

/** Without marks, and with black instead of zeros. */
export const noPshadowBlack: ExploredVariant = {
  name: "per-page-no-pshadow-black",
  about: "no marks, and black where nothing has shadow: other memory in use is reported",
  pages: (backend) => new NoPshadow(backend, SHOWS_BLACK),
  breaks: "false-report",
  setup: [],
  programs: [["take user 0", "access 0"]],
};

/** Shows new shadow before it is filled. */
class ShownFirst extends PerPageShadow {
  protected override withOwn(pfn: number, pages: number, others: number, change: () => void): boolean {
    const { fill } = this.backend;
    const late: (() => void)[] = [];
    const backend = this.backend as { fill: PageShadowBackend["fill"] };
    backend.fill = (frame, from, to, value) => {
      if (value === BLACK && to - from === this.backend.perShadow) late.push(() => fill(frame, from, to, value));
      else fill(frame, from, to, value);
    };
    const done = super.withOwn(pfn, pages, others, () => {
      for (const one of late) one();
      change();
    });
    backend.fill = fill;
    return done;
  }
}

/** Real shadow is shown before it is filled. */
export const shownFirst: ExploredVariant = {
  name: "per-page-shown-first",
  about: "shadow is shown before it is filled: what the page held before lets accesses to neighbours pass",
  pages: (backend) => new ShownFirst(backend),
  breaks: "missed-bug",
  setup: [],
  programs: [["take kernel 0"], ["access 1"]],
};
