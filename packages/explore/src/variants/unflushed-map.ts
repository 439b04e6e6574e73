import type { Architecture } from "@kasan/mmu";
import { LazyShadow } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/** Whether the kernel does not flush what it newly maps. It does where TLBs may remember invalid entries. */
const flushesNoNewMapping = ({ cachesInvalid = false }: Architecture) => !cachesInvalid;

/**
 * `lazy` as it ships, on a processor whose TLBs remember that nothing is mapped somewhere (RISC-V allows it). A new mapping is
 * not flushed, because x86 and arm64 need none: a CPU that has looked there before does not see it.
 */
export const unflushedMap: ExploredVariant = {
  name: "unflushed-map",
  about: "new shadow is mapped without a flush, where TLBs remember invalid entries",
  make: (backend) => new LazyShadow(backend),
  cachesInvalid: true,
  wrongOn: flushesNoNewMapping,
  breaks: "shadow-fault",
  setup: [],
  programs: [["allocate a 1"], ["use a"]],
};

/** Unmaps shadow and frees it, and leaves its flush out: what a TLB still holds is another one's memory by then. */
class UnflushedShadow extends LazyShadow {
  protected override free(shadows: readonly number[]): void {
    for (const shadow of shadows) this.backend.freePage(this.backend.unmap(shadow));
  }
}

/** The same seen from the other side: the old mapping is what is not flushed. */
export const unflushedUnmap: ExploredVariant = {
  name: "unflushed-unmap",
  about: "shadow is unmapped and freed without a flush; a stale TLB entry shows the old page",
  make: (backend) => new UnflushedShadow(backend),
  // Elsewhere the flush of the new mapping is in time.
  wrongOn: flushesNoNewMapping,
  breaks: "false-report",
  setup: ["allocate z 1", "free z"],
  programs: [["purge", "allocate a 1", "use a"], ["reuse"]],
};

/** Frees each page as it is unmapped, and flushes the range afterwards. */
class FreedFirst extends LazyShadow {
  protected override free(shadows: readonly number[]): void {
    if (shadows.length === 0) return;
    for (const shadow of shadows) this.backend.freePage(this.backend.unmap(shadow));
    this.backend.flush(shadows[0]!, shadows[shadows.length - 1]! - shadows[0]! + 1);
  }
}

/**
 * What mm/kasan/shadow.c does (kasan_depopulate_vmalloc_pte frees, kasan_release_vmalloc flushes afterwards; 5.5 to 6.12 at
 * least). No good access is harmed, since nobody uses these addresses before the flush; a bad one may be judged by what
 * somebody else has written into the page.
 */
export const linuxRelease: ExploredVariant = {
  name: "linux-release",
  about: "pages of shadow are freed one by one, and flushed all at once afterwards, as in Linux",
  make: (backend) => new FreedFirst(backend),
  breaks: "early-free",
  setup: ["allocate z 1", "free z"],
  programs: [["purge", "allocate a 1", "use a"], ["reuse"], ["stale z"]],
};
