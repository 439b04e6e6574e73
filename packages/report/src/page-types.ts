/** The use of a page that is not for mapping. */
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
