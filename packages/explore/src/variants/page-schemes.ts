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

/**
 * Another CPU's TLB may still map black where there is real shadow; without a flush before the second check, it reads black again.
 */
class NoRecheckFlush extends PerPageShadow {
  override secondLook(first: number, last: number): SecondLook {
    for (let pfn = first; pfn <= last; pfn++) if (this.backend.mark(pfn) !== PageMark.GOOD) return "look again";
    return "good";
  }
}

/** The second check after bad shadow does not flush the TLB first. */
export const noRecheckFlush: ExploredVariant = {
  name: "per-page-no-recheck",
  about: "the second look does not flush: a TLB still shows black for kernel memory",
  pages: (backend) => new NoRecheckFlush(backend),
  inPlace: true,
  breaks: "false-report",
  setup: ["take kernel 0", "give 0"],
  programs: [["access 1", "access 0"], ["take kernel 0"]],
};

/** Flushes every change from one CPU only, as if removing shadow were as harmless as adding it. */
const localOnly = (backend: PageShadowBackend): PageShadowBackend => ({
  ...backend,
  show: (group, frame) => backend.show(group, frame, false),
});

/** Shadow is removed with a flush of this CPU only. */
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

/** Zeros are removed with a flush of one CPU only. */
export const localZero: ExploredVariant = {
  name: "per-page-zero-local",
  about: "a group leaves the page of zeros with a flush of one CPU: others let bad accesses pass",
  pages: (backend) => new LocalZero(backend),
  inPlace: true,
  breaks: "missed-bug",
  setup: ["take user 0", "take user 1"],
  programs: [["give 0"], ["access 0"]],
};

/** Changes entries as the series does, which is valid only on x86. */
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

/** Decides under the lock to remove shadow, and removes it after releasing the lock. */
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

/** The review's question about the series' work item: the group may have a new owner by the time its shadow is removed. */
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

/** Maps new shadow before filling it. */
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

/** Real shadow is mapped before it is filled. */
export const shownFirst: ExploredVariant = {
  name: "per-page-shown-first",
  about: "shadow is shown before it is filled: what the page held before lets accesses to neighbours pass",
  pages: (backend) => new ShownFirst(backend),
  breaks: "missed-bug",
  setup: [],
  programs: [["take kernel 0"], ["access 1"]],
};
