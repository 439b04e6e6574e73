import { Gfp } from "../../mm/gfp.ts";
import { join, sizeOf } from "../../mm/guest-memory.ts";
import { PAGE_STRUCT_BYTES } from "../../mm/page-descriptors.ts";
import { PerCpuAreas, type PerCpuParts } from "../../mm/per-cpu-areas.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** The parts of a machine that create areas. */
type VmallocMachine = PerCpuParts &
  Pick<ApiMachine, "cpu" | "guestMemory" | "scheduler" | "locks" | "kasan" | "clock" | "ram" | "pages" | "oops">;

/** vmalloc and vmap (include/linux/vmalloc.h). */
export function vmallocFunctions(machine: VmallocMachine): KernelFunctions {
  const { vmalloc, cpu, guestMemory, architecture, scheduler, locks, kernelPages } = machine;
  const { size: pageSize } = kernelPages;
  const { mode } = machine.kasan;
  const { pointers } = mode;
  const pageOf = (low: number, high: number) => kernelPages.pageOfHalves(low, pointers.untag(high));
  const perCpu = new PerCpuAreas(machine);
  const { vmallocStart, vmallocEnd, vmemmap } = architecture.layout;

  const isVmalloc = (low: number, high: number): boolean => {
    const address = join(low, pointers.untag(high));
    return address >= vmallocStart && address <= vmallocEnd;
  };
  const resultPage = (vpn: number) =>
    vpn < 0 ? cpu.result(0, 0) : cpu.result(kernelPages.lowOf(vpn), kernelPages.highOf(vpn));
  /** A pointer to an area of the given size. In the tag-based modes it gets a random tag. */
  const resultArea = (vpn: number, bytes: number, own: boolean) => {
    if (vpn < 0) return cpu.result(0, 0);
    const tag = mode.unpoisonArea(vpn, bytes, own);
    return cpu.result(kernelPages.lowOf(vpn), pointers.withTag(kernelPages.highOf(vpn), tag));
  };
  const caller = () => machine.ram.u32[(cpu.callStackTop >>> 2) - 1];

  const allocate = (low: number, high: number, gfp: number, align = pageSize): number => {
    machine.clock.advance(1000);
    if (gfp & Gfp.DIRECT_RECLAIM) scheduler.mightSleep();
    const size = sizeOf(low, high);
    if (size === 0 || size > machine.ram.size) return cpu.result(0, 0);
    return resultArea(vmalloc.allocate({ size, gfp, align, caller: caller() }), size, true);
  };

  const free = (low: number, high: number, name: string): void => {
    if (low === 0 && high === 0) return;
    machine.clock.advance(1000);
    if (!kernelPages.isAligned(low) || !vmalloc.free(pageOf(low, high))) machine.oops.badVfree(join(low, high), name);
  };

  /** Maps the pages of an array of descriptor pointers; `how` maps the frames. */
  const map = (
    low: number,
    high: number,
    count: number,
    name: string,
    how: (frames: readonly number[]) => number,
  ): number => {
    machine.clock.advance(1000);
    if (count <= 0 || count > machine.pages.frames) return cpu.result(0, 0);
    const pointers = new BigUint64Array(guestMemory.read(join(low, high), count * 8).buffer);
    const frames = Array.from(pointers, (pointer) => Number(BigInt.asIntN(64, pointer - vmemmap)) / PAGE_STRUCT_BYTES);
    const bad = frames.findIndex((pfn) => !Number.isInteger(pfn) || pfn < 0 || pfn >= machine.pages.frames);
    if (bad >= 0) machine.oops.badPointer(pointers[bad], name);
    return resultArea(how(frames), count * pageSize, false);
  };

  return {
    vmalloc_noprof: kernelFunction("l:l", (low, high) => allocate(low, high, Gfp.KERNEL)),
    vzalloc_noprof: kernelFunction("l:l", (low, high) => allocate(low, high, Gfp.KERNEL | Gfp.ZERO)),
    __vmalloc_noprof: kernelFunction("li:l", (low, high, gfp) => allocate(low, high, gfp)),
    /** Arguments: size, align, gfp, node, caller. */
    __vmalloc_node_noprof: kernelFunction("lliil:l", (low, high, alignLow, alignHigh, gfp) =>
      allocate(low, high, gfp, sizeOf(alignLow, alignHigh)),
    ),
    vfree: kernelFunction("l:v", (low, high) => free(low, high, "vfree")),
    vunmap: kernelFunction("l:v", (low, high) => free(low, high, "vunmap")),
    vmap: kernelFunction("lill:l", (low, high, count) =>
      map(low, high, count, "vmap", (frames) => vmalloc.map(frames, caller())),
    ),
    vm_map_ram: kernelFunction("lii:l", (low, high, count) =>
      map(low, high, count, "vm_map_ram", (frames) => vmalloc.mapRam(frames)),
    ),
    vm_unmap_ram: kernelFunction("li:v", (low, high, count) => {
      machine.clock.advance(1000);
      const unmapped = kernelPages.isAligned(low) && vmalloc.unmapRam(pageOf(low, high), count);
      if (!unmapped) machine.oops.badVfree(join(low, high), "vm_unmap_ram");
    }),
    /** VMALLOC_START and VMALLOC_END of a kernel's headers: the first and the last byte. */
    kasan_guest_vmalloc_start: kernelFunction(":l", () => cpu.resultOf(vmallocStart)),
    kasan_guest_vmalloc_end: kernelFunction(":l", () => cpu.resultOf(vmallocEnd)),
    is_vmalloc_addr: kernelFunction("l:i", (low, high) => (isVmalloc(low, high) ? 1 : 0)),
    /** Allocates areas for per-CPU memory. Arguments: bytes, gfp. @returns the first CPU's address */
    kasan_guest_percpu_areas: kernelFunction("li:l", (low, high, gfp) => {
      locks.kernel.acquire();
      const vpn = perCpu.allocate(sizeOf(low, high), gfp | Gfp.ZERO, caller());
      locks.kernel.release();
      return resultPage(vpn);
    }),
    kasan_guest_free_percpu_areas: kernelFunction("l:v", (low, high) => {
      locks.kernel.acquire();
      perCpu.free(pageOf(low, high));
      locks.kernel.release();
    }),
    /** Objects in those areas. They are of no concern to the machine, but to who observes it. */
    kasan_guest_percpu_taken: kernelFunction("ll:v", () => {}),
    kasan_guest_percpu_given_back: kernelFunction("l:v", () => {}),
    vm_unmap_aliases: kernelFunction(":v", () => vmalloc.unmapAliases()),
  };
}
