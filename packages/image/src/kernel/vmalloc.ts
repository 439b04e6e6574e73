import type { Kernel } from "./kernel.ts";
import { offsetOf } from "./layout.ts";
import { eachObject } from "./slab-walk.ts";

/** An area of vmalloc space (`struct vm_struct`). */
export interface VmallocArea {
  /** Its first address. */
  readonly start: bigint;
  /** Its bytes, the guard page included. */
  readonly size: bigint;
  /** Its pages; 0 for a mapping of other memory. */
  readonly pages: number;
  /** The code that made it. */
  readonly caller: bigint;
  /** Its flags (include/linux/vmalloc.h): 1 ioremap, 2 vmalloc, 4 vmap. */
  readonly flags: number;
  /** The physical address that it maps, of an ioremap or the kernel's own image; 0 of other areas. */
  readonly physical: bigint;
}

const VM_IOREMAP = 1;
const VM_ALLOC = 2;
const VM_MAP = 4;
const VM_DMA_COHERENT = 0x10;

/** A kind of area, as /proc/vmallocinfo names it. */
export type AreaKind = "ioremap" | "vmalloc" | "vmap" | "dma-coherent";

/** What an area is; `undefined` if it is none of these. */
export function areaKind({ flags }: VmallocArea): AreaKind | undefined {
  if (flags & VM_IOREMAP) return "ioremap";
  if (flags & VM_ALLOC) return "vmalloc";
  if (flags & VM_MAP) return "vmap";
  return flags & VM_DMA_COHERENT ? "dma-coherent" : undefined;
}

/** Members of `struct vmap_area` and `struct vm_struct`, where they have been since 5.4: an area counts only if both agree. */
const USUAL = {
  "vmap_area.va_start": 0,
  "vmap_area.vm": 56,
  "vm_struct.addr": 8,
  "vm_struct.size": 16,
  "vm_struct.flags": 24,
  "vm_struct.nr_pages": 44,
  "vm_struct.phys_addr": 48,
  "vm_struct.caller": 56,
} as const;

/** The areas of vmalloc space, by address: the objects in use of the cache `vmap_area` that have a `vm_struct` of the same address. */
export function vmallocAreas(kernel: Kernel): readonly VmallocArea[] {
  return allAreas(kernel).areas;
}

/** Areas of which nothing but their address is known: what describes them was left out of the image. */
export function undescribedAreas(kernel: Kernel): number {
  return allAreas(kernel).undescribed;
}

function allAreas(kernel: Kernel): { readonly areas: readonly VmallocArea[]; readonly undescribed: number } {
  return kernel.once("vmalloc areas", () => {
    const areas: VmallocArea[] = [];
    let undescribed = 0;
    for (const object of eachObject(kernel, "vmap_area")) {
      const area = kernel.attempt(() => areaOf(kernel, object));
      if (area === "undescribed") undescribed++;
      else if (area) areas.push(area);
    }
    areas.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    return { areas, undescribed };
  });
}

/** The area that an address lies in. */
export function vmallocAreaAt(kernel: Kernel, address: bigint): VmallocArea | undefined {
  return vmallocAreas(kernel).find(({ start, size }) => start <= address && address < start + size);
}

function areaOf(kernel: Kernel, area: bigint): VmallocArea | "undescribed" | undefined {
  const { memory } = kernel;
  const at = (name: keyof typeof USUAL) => {
    const [structure, member] = name.split(".") as [string, string];
    return BigInt(offsetOf(kernel, structure, member) ?? USUAL[name]);
  };
  const start = memory.u64(area + at("vmap_area.va_start"));
  const vm = memory.u64(area + at("vmap_area.vm"));
  if (vm !== 0n && memory.isMapped(vm) && !memory.has(vm)) return "undescribed";
  if (vm === 0n || !memory.has(vm) || memory.untagged(memory.u64(vm + at("vm_struct.addr"))) !== start)
    return undefined;
  const size = memory.u64(vm + at("vm_struct.size"));
  if (size === 0n || size > 1n << 46n) return undefined;
  const pages = memory.u32(vm + at("vm_struct.nr_pages"));
  const flags = Number(memory.u64(vm + at("vm_struct.flags")) & 0xffffffffn);
  // A freed area waits for its next use as it was, but unmapped (`vmap_pool`, since 6.9).
  if (pages > 0 && (flags & VM_ALLOC) !== 0 && !memory.isMapped(start)) return undefined;
  return {
    start,
    size,
    pages,
    caller: memory.u64(vm + at("vm_struct.caller")),
    physical: memory.u64(vm + at("vm_struct.phys_addr")),
    flags,
  };
}
