import { PAGE_TYPES, type PageDump } from "@kasan/report";
import type { Kernel } from "./kernel.ts";
import { offsetOf } from "./layout.ts";
import { Pages } from "./pages.ts";

/** Words of `struct page` that every version since 4.18 has in these places: mapping, index; VMCOREINFO names the others. */
const MAPPING = 24n;
const INDEX = 32n;
const MAPCOUNT = 48;
const REFCOUNT = 52;
/** `PG_head`, where nothing says. */
const HEAD_MASK = 0x40n;
/** Values of `_mapcount` from here up to -2 are types, in the upper byte (`PGTY_mapcount_underflow` in include/linux/page-flags.h). */
const FIRST_TYPE = 0xf0;

/** The lowest bits of the mapping (`PAGE_MAPPING_FLAGS`). */
const KIND_MASK = 3n;
const KINDS: Readonly<Record<number, "anon" | "ksm">> = { 1: "anon", 3: "ksm" };

/** The kernel's page descriptors. */
export function pagesOf(kernel: Kernel): Pages {
  return kernel.once("pages", () => new Pages(kernel));
}

/** The descriptor of a page, as `dump_page` reads it (`__dump_page` in mm/debug.c). */
export function pageDump(kernel: Kernel, page: bigint): PageDump {
  const { memory } = kernel;
  const pages = pagesOf(kernel);
  const head = pages.headOf(page);
  const at = (member: string, usual: number) => BigInt(offsetOf(kernel, "page", member) ?? usual);
  const flags = memory.u64(head);
  const mapping = memory.u64(head + MAPPING);
  const count = memory.u32(page + at("_mapcount", MAPCOUNT));
  const type = count >>> 24;
  const isTyped = type >= FIRST_TYPE && count !== 0xffffffff;
  const isLarge = isCompound(kernel, flags);
  return {
    pfn: pages.pfn(page),
    descriptor: page,
    refcount: memory.s32(head + at("_refcount", REFCOUNT)),
    mapcount: isTyped ? 0 : (count + 1) | 0,
    mapping: mapping & ~KIND_MASK,
    ...(KINDS[Number(mapping & KIND_MASK)] && { kind: KINDS[Number(mapping & KIND_MASK)]! }),
    index: memory.u64(head + INDEX),
    flags,
    raw: words(kernel, page, pages.bytes),
    ...(isTyped && { pageType: typeOf(type) }),
    ...(isLarge && {
      head: { order: orderOf(kernel, head + BigInt(pages.bytes)) },
      headRaw: words(kernel, head, pages.bytes * 2),
    }),
  };
}

/** log2 of the pages of the compound page whose first descriptor this is; 0 of a page alone. */
export function compoundOrder(kernel: Kernel, head: bigint): number {
  return isCompound(kernel, kernel.memory.u64(head)) ? orderOf(kernel, head + BigInt(pagesOf(kernel).bytes)) : 0;
}

const isCompound = ({ facts }: Kernel, flags: bigint) => (flags & (facts?.number("PG_head_mask") ?? HEAD_MASK)) !== 0n;

/** log2 of a compound page's pages: in its second descriptor, in a member of its own, or since 6.6 in the lowest byte of the flags. */
function orderOf(kernel: Kernel, second: bigint): number {
  return kernel.memory.u8(second + BigInt(offsetOf(kernel, "page", "compound_order") ?? 0));
}

function typeOf(value: number) {
  return Object.values(PAGE_TYPES).find((type) => type.value === value) ?? { value, name: "unknown" };
}

function words({ memory }: Kernel, at: bigint, bytes: number): bigint[] {
  return Array.from(new BigUint64Array(memory.bytes(at, bytes - (bytes % 8)).buffer));
}
