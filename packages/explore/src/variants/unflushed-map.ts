import type { Architecture } from "@kasan/mmu";
import { LazyShadow } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/** Whether the kernel does not flush new mappings. It flushes them where TLBs may cache invalid entries. */
const flushesNoNewMapping = ({ cachesInvalid = false }: Architecture) => !cachesInvalid;

/**
 * `lazy` as shipped, on a processor whose TLBs cache invalid entries (RISC-V allows it). New mappings are not flushed, because x86
 * and arm64 do not need it: a CPU that has tried the address before does not see the mapping.
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

/** Unmaps and frees shadow without a flush: a TLB may still map it when the page has been reused. */
class UnflushedShadow extends LazyShadow {
  protected override free(shadows: readonly number[]): void {
    for (const shadow of shadows) this.backend.freePage(this.backend.unmap(shadow));
  }
}

/** The counterpart: the old mapping is not flushed. */
export const unflushedUnmap: ExploredVariant = {
  name: "unflushed-unmap",
  about: "shadow is unmapped and freed without a flush; a stale TLB entry shows the old page",
  make: (backend) => new UnflushedShadow(backend),
  // On other architectures the flush of the new mapping is in time.
  wrongOn: flushesNoNewMapping,
  breaks: "false-report",
  setup: ["allocate z 1", "free z"],
  programs: [["purge", "allocate a 1", "use a"], ["reuse"]],
};

/** Frees each page when it is unmapped, and flushes the range afterwards. */
class FreedFirst extends LazyShadow {
  protected override free(shadows: readonly number[]): void {
    if (shadows.length === 0) return;
    for (const shadow of shadows) this.backend.freePage(this.backend.unmap(shadow));
    this.backend.flush(shadows[0], shadows[shadows.length - 1] - shadows[0] + 1);
  }
}

/**
 * The behaviour of mm/kasan/shadow.c (kasan_depopulate_vmalloc_pte frees, kasan_release_vmalloc flushes afterwards; 5.5 to 6.12 at
 * least). No valid access is harmed, since nobody uses these addresses before the flush; a bad one may be judged by what the page's
 * new owner has written.
 */
export const linuxRelease: ExploredVariant = {
  name: "linux-release",
  about: "pages of shadow are freed one by one, and flushed all at once afterwards, as in Linux",
  make: (backend) => new FreedFirst(backend),
  breaks: "early-free",
  setup: ["allocate z 1", "free z"],
  programs: [["purge", "allocate a 1", "use a"], ["reuse"], ["stale z"]],
};
