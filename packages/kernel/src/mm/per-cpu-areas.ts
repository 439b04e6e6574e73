import type { Architecture } from "@kasan/mmu";
import type { VmallocNodes } from "@kasan/vmalloc";
import type { Counters } from "../smp/counters.ts";
import type { KernelPages } from "./kernel-pages.ts";

/** Distance in bytes between consecutive CPUs' copies of a per-CPU variable. Guest headers define it too. */
export const CPU_COPY_BYTES = 16 * 2 ** 20;

/** The parts of a machine that {@link PerCpuAreas} use. */
export interface PerCpuParts {
  /** Defines where vmalloc space lies. */
  readonly architecture: Architecture;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Areas of vmalloc space. */
  readonly vmalloc: VmallocNodes;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Hold the position of the next area. */
  readonly counters: Counters;
}

/**
 * Areas of vmalloc space for per-CPU memory: one per CPU, {@link CPU_COPY_BYTES} apart, allocated from the top of the space down in
 * windows for all CPUs (pcpu_get_vm_areas of mm/vmalloc.c).
 */
export class PerCpuAreas {
  private readonly parts: PerCpuParts;
  /** Pages between consecutive CPUs' copies. */
  private readonly stride: number;

  constructor(parts: PerCpuParts) {
    this.parts = parts;
    this.stride = CPU_COPY_BYTES / parts.kernelPages.size;
  }

  /** @returns the first CPU's page number, or -1 if memory is short */
  allocate(size: number, gfp: number, caller: number): number {
    const { counters, kernelPages, cpus, architecture } = this.parts;
    const { vmallocStart, vmallocEnd } = architecture.layout;
    const step = Math.ceil(size / kernelPages.size) + 1;
    const perWindow = Math.floor(this.stride / step);
    const end = kernelPages.pageOf(vmallocEnd + 1n);
    if (counters.get("perCpuBytes") !== size) counters.set("perCpuPassed", 0);
    counters.set("perCpuBytes", size);
    for (let i = counters.get("perCpuPassed"); ; i++) {
      const window = end - (Math.floor(i / perWindow) + 1) * this.stride * cpus;
      if (window < kernelPages.pageOf(vmallocStart)) return -1;
      const vpn = window + (i % perWindow) * step;
      // If the place is taken or waits for the purge on any CPU, try the next. If memory is short, give up.
      if (!this.isFree(vpn, size)) continue;
      counters.set("perCpuPassed", i);
      if (this.allocateAt(vpn, { size, gfp, caller })) return vpn;
      if (this.isFree(vpn, size)) return -1;
    }
  }

  private isFree(vpn: number, size: number): boolean {
    const { vmalloc, cpus } = this.parts;
    for (let cpu = 0; cpu < cpus; cpu++) if (!vmalloc.isFree(vpn + cpu * this.stride, size)) return false;
    return true;
  }

  private allocateAt(vpn: number, request: { size: number; gfp: number; caller: number }): boolean {
    const { vmalloc, cpus } = this.parts;
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (vmalloc.allocateAt(vpn + cpu * this.stride, request)) continue;
      for (let made = 0; made < cpu; made++) vmalloc.free(vpn + made * this.stride);
      return false;
    }
    return true;
  }

  /** Frees areas from {@link PerCpuAreas.allocate}. */
  free(vpn: number): void {
    for (let cpu = 0; cpu < this.parts.cpus; cpu++) this.parts.vmalloc.free(vpn + cpu * this.stride);
    this.parts.counters.set("perCpuPassed", 0);
  }
}
