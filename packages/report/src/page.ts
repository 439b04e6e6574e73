import { atLeast, formatAddress, hex } from "@kasan/shadow";
import { LEVEL, lines, type ReportLine } from "./line.ts";
import { pageFlagNames } from "./page-flags.ts";
import type { ReportStyle } from "./style.ts";

/** What a page is used for, if not to be mapped. */
export interface PageType {
  /** The top byte of `page_type`. */
  readonly value: number;
  /** Its name in a log. */
  readonly name: string;
}

/** A name of a page type that 6.12 knows. */
export type PageTypeName = "buddy" | "offline" | "table" | "guard" | "hugetlb" | "slab" | "zsmalloc" | "unaccepted";

/** The types that a page can have, for {@link PageDump.pageType} (`enum pagetype` in `include/linux/page-flags.h`). */
export const PAGE_TYPES: Readonly<Record<PageTypeName, PageType>> = {
  buddy: { value: 0xf0, name: "buddy" },
  offline: { value: 0xf1, name: "offline" },
  table: { value: 0xf2, name: "table" },
  guard: { value: 0xf3, name: "guard" },
  hugetlb: { value: 0xf4, name: "hugetlb" },
  slab: { value: 0xf5, name: "slab" },
  // 6.12 numbers this type, but forgot to name it.
  zsmalloc: { value: 0xf6, name: "(null)" },
  unaccepted: { value: 0xf7, name: "unaccepted" },
};

/** What `dump_page` (`mm/debug.c`) prints about a page's descriptor. */
export interface PageDump {
  /** Page frame number: physical address >> 12. */
  readonly pfn: number;
  /** References to the page, or to the whole of a compound page. */
  readonly refcount: number;
  /** How often page tables map it; 0 for a page with a type. */
  readonly mapcount: number;
  /** Address of the `struct address_space`. 0 by default. */
  readonly mapping?: bigint;
  /** The `index` word. 0 by default. Tag-based modes keep a pointer there. */
  readonly index?: bigint;
  /** `anon` or `ksm`, if the page is one. */
  readonly kind?: "anon" | "ksm";
  /** The `flags` word, fields included. Of a compound page, its head's. */
  readonly flags: bigint;
  /** The names of the flags, if they are not those of the style's configuration: `uptodate|hwpoison|node=0|zone=1`. */
  readonly flagNames?: string;
  /** The compound page that this page belongs to. */
  readonly head?: {
    /** log2 of its pages. */
    readonly order: number;
    /** How often page tables map any part. 0 by default. */
    readonly mapcount?: number;
    /** How often they map all of it at once. 0 by default. */
    readonly entireMapcount?: number;
    /** How many of its pages are mapped. 0 by default. */
    readonly pagesMapped?: number;
    /** How often it is pinned. 0 by default. */
    readonly pincount?: number;
  };
  /** The page's type; absent for pages without one, which page tables may map. */
  readonly pageType?: PageType;
  /** The control group's word, if it is set. */
  readonly memcg?: bigint;
  /** The descriptor: eight 64-bit words. */
  readonly raw: readonly bigint[];
  /** The first two descriptors of the compound page: sixteen 64-bit words. */
  readonly headRaw?: readonly bigint[];
}

/** The lines about the physical page, without the blank line after them. */
export function renderPage(page: PageDump, style: ReportStyle): ReportLine[] {
  const names = page.flagNames ?? pageFlagNames(page.flags, style.pageFields);
  const { version } = style;
  const since = (major: number, minor: number) => atLeast(version, major, minor);
  // Where the descriptor lies was printed until 6.7; the model does not hold it.
  const start = since(6, 8) ? "page: refcount" : `page:${formatAddress(0n)} ${since(5, 1) ? "ref" : ""}count`;
  return [
    ...lines(LEVEL.ERR, `The buggy address belongs to the ${since(5, 18) ? "physical " : ""}page:`),
    ...lines(
      LEVEL.WARNING,
      `${start}:${page.refcount} mapcount:${page.mapcount} mapping:${formatAddress(page.mapping ?? 0n)} ` +
        `index:${hex(page.index ?? 0n)}${since(5, 11) ? ` pfn:${hex(page.pfn)}` : ""}`,
      ...headLine(page.head),
      ...(page.memcg === undefined ? [] : [`memcg:${page.memcg.toString(16)}`]),
      `${page.kind ? `${page.kind} ` : ""}flags: ${hex(page.flags)}(${names})`,
      ...(page.pageType && since(6, 11)
        ? [`page_type: ${page.pageType.value.toString(16)}(${page.pageType.name})`]
        : []),
      ...words("raw", page.raw),
      ...words("head", page.headRaw ?? []),
      "page dumped because: kasan: bad access detected",
    ),
  ];
}

function headLine(head: PageDump["head"]): string[] {
  if (head === undefined) return [];
  const { order, mapcount = 0, entireMapcount = 0, pagesMapped = 0, pincount = 0 } = head;
  return [
    `head: order:${order} mapcount:${mapcount} entire_mapcount:${entireMapcount} ` +
      `nr_pages_mapped:${pagesMapped} pincount:${pincount}`,
  ];
}

/** A hex dump of 64-bit words, four in a line. */
function words(prefix: string, values: readonly bigint[]): string[] {
  const rows = Math.ceil(values.length / 4);
  return Array.from({ length: rows }, (_, row) => {
    const four = values.slice(row * 4, row * 4 + 4);
    return `${prefix}: ${four.map(formatAddress).join(" ")}`;
  });
}
