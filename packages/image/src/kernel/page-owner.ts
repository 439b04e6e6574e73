import type { Kernel } from "./kernel.ts";
import { needOffset, offsetOf } from "./layout.ts";
import { tracksOf } from "./object.ts";

/** Who allocated a page, and who freed it last (mm/page_owner.c). */
export interface PageOwnerTracks {
  /** log2 of its pages. */
  readonly order: number;
  /** Whether it is allocated now. */
  readonly isAllocated: boolean;
  /** The last allocation. */
  readonly allocated: PageEvent;
  /** The free before, or after, it; `undefined` if there was none. */
  readonly freed: PageEvent | undefined;
}

/** An allocation or a free of a page. */
export interface PageEvent {
  /** The task's id. */
  readonly pid: number;
  /** The task's name; a free has none. */
  readonly comm: string | undefined;
  /** Microseconds after boot. */
  readonly timestamp: number;
  /** Return addresses, innermost first; `undefined` if the kernel saved none. */
  readonly stack: readonly bigint[] | undefined;
}

const PAGE_BITS = 12n;

/**
 * The owner of a page by its frame number; `undefined` if the kernel keeps none (`page_owner=on`).
 *
 * @throws ImageError `IMAGE_TYPES` if the kernel has no types, which say where that is
 */
export function pageOwner(kernel: Kernel, pfn: number): PageOwnerTracks | undefined {
  const { memory } = kernel;
  const enabled = kernel.symbol("page_owner_inited");
  if (enabled === undefined || memory.s32(enabled) <= 0) return undefined;
  const extension = extensionOf(kernel, pfn);
  const operations = kernel.symbol("page_owner_ops");
  if (extension === undefined || operations === undefined) return undefined;
  const owner = extension + memory.u64(operations + needOffset(kernel, "page_ext_operations", "offset"));
  const at = (member: string) => owner + needOffset(kernel, "page_owner", member);
  const flags = memory.u64(extension + needOffset(kernel, "page_ext", "flags"));
  const has = (name: string) => (flags >> (flagOf(kernel, name) ?? 63n)) & 1n;
  if (!has("PAGE_EXT_OWNER")) return undefined;
  const stack = (member: string) => tracksOf(kernel).stack(memory.u32(at(member)));
  const time = (member: string) => Number(memory.u64(at(member)) / 1000n);
  return {
    order: memory.u16(at("order")),
    isAllocated: has("PAGE_EXT_OWNER_ALLOCATED") !== 0n,
    allocated: {
      pid: memory.s32(at("pid")),
      comm: memory.text(at("comm"), 16),
      timestamp: time("ts_nsec"),
      stack: stack("handle"),
    },
    freed:
      memory.u32(at("free_handle")) === 0
        ? undefined
        : {
            pid: memory.s32(at("free_pid")),
            comm: undefined,
            timestamp: time("free_ts_nsec"),
            stack: stack("free_handle"),
          },
  };
}

/** A flag's number (`enum page_ext_flags`). */
function flagOf(kernel: Kernel, name: string): bigint | undefined {
  const { types } = kernel;
  const id = types?.find("enum page_ext_flags");
  return id === undefined ? undefined : types!.values(types!.type(id)).find((value) => value.name === name)?.value;
}

/** A page's `struct page_ext`: of its section, or of its node where memory is flat (`lookup_page_ext` in mm/page_ext.c). */
function extensionOf(kernel: Kernel, pfn: number): bigint | undefined {
  const { memory } = kernel;
  const sizeAt = kernel.symbol("page_ext_size");
  if (sizeAt === undefined) return undefined;
  const size = memory.u64(sizeAt);
  const sectioned = offsetOf(kernel, "mem_section", "page_ext");
  if (sectioned !== undefined) {
    const section = sectionOf(kernel, pfn);
    const base = section === undefined ? 0n : memory.u64(section + BigInt(sectioned));
    // Bit 0 says that it is not valid.
    return base === 0n || base & 1n ? undefined : base + size * BigInt(pfn);
  }
  const node = kernel.symbol("contig_page_data");
  if (node === undefined) return undefined;
  const base = memory.u64(node + needOffset(kernel, "pglist_data", "node_page_ext"));
  const first = memory.u64(node + needOffset(kernel, "pglist_data", "node_start_pfn"));
  // Rounded down to the largest pages that the buddy allocator has.
  const largest = 1n << 10n;
  return base === 0n ? undefined : base + size * (BigInt(pfn) - (first - (first % largest)));
}

/** A frame's `struct mem_section`, in an array of arrays, each of a page (SPARSEMEM_EXTREME). */
function sectionOf(kernel: Kernel, pfn: number): bigint | undefined {
  const { memory, facts } = kernel;
  const [roots, bits, size] = [
    facts?.symbol("mem_section"),
    facts?.number("SECTION_SIZE_BITS"),
    facts?.size("mem_section"),
  ];
  if (roots === undefined || bits === undefined || size === undefined || size === 0n) return undefined;
  const section = BigInt(pfn) >> (bits - PAGE_BITS);
  const perRoot = 4096n / size;
  const root = memory.u64(roots + (section / perRoot) * 8n);
  return root === 0n ? undefined : root + (section % perRoot) * size;
}
