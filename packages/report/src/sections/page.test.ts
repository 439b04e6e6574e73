import { expect, test } from "vitest";
import { ARM64_TAGS_STYLE } from "../../test/models.ts";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { PAGE_FLAGS, pageFlagNames, pageFlags, ZONE_FIELD } from "../page-flags.ts";
import { DEFAULT_STYLE } from "../style.ts";
import { type PageDump, renderPage } from "./page.ts";

test("flags are named in the order of a log, not of their bits", () => {
  const flags = pageFlags("writeback", "head", "locked", "dirty");
  expect(flags).toBe(0x53n);
  expect(pageFlagNames(flags, [ZONE_FIELD])).toBe("locked|dirty|writeback|head|zone=0");
  const names = PAGE_FLAGS.map(([name]) => name);
  expect(pageFlagNames(pageFlags(...names), [])).toBe(names.join("|"));
});

test("fields come after the flags", () => {
  const flags = pageFlags("uptodate") | (1n << 62n) | (0xf1n << 54n);
  expect(pageFlagNames(flags, DEFAULT_STYLE.pageFields)).toBe("uptodate|zone=1");
  expect(pageFlagNames(flags, ARM64_TAGS_STYLE.pageFields)).toBe("uptodate|zone=1|kasantag=0xf1");
  expect(pageFlagNames(0n, [])).toBe("");
});

test("what only some pages have", () => {
  const page: PageDump = {
    pfn: 0x1234,
    refcount: 2,
    mapcount: 1,
    mapping: 0xffff888001234561n,
    index: 0x7fn,
    kind: "anon",
    flags: 0x800000000n,
    flagNames: "hwpoison|node=0|zone=0",
    memcg: 0xffff888005550000n,
    raw: Array(8).fill(0n),
  };
  const texts = renderPage(page, DEFAULT_STYLE).map(({ text }) => text);
  expect(texts).toContain("page: refcount:2 mapcount:1 mapping:ffff888001234561 index:0x7f pfn:0x1234");
  expect(texts).toContain("memcg:ffff888005550000");
  expect(texts).toContain("anon flags: 0x800000000(hwpoison|node=0|zone=0)");
});

test("old kernels print the descriptor's address and no frame number", () => {
  const lines = [
    "The buggy address belongs to the page:",
    "page:ffffea0000028c00 count:1 mapcount:0 mapping:ffff888000001040 index:0x0",
    "ksm flags: 0x100(slab)",
    "raw: 0000000000000100 0000000000000000 0000000100000001 ffff888000001040",
    "page dumped because: kasan: bad access detected",
  ];
  const { fields, roles } = readLines(lines);
  expect(fields.page).toMatchObject({ descriptor: 0xffffea0000028c00n, refcount: 1, kind: "ksm", flags: 0x100n });
  expect(roles).toEqual(lines.map(() => "page"));
  const texts = textsOf(renderPage(fields.page!, styleOfVersion(4, 19)));
  expect(texts).toEqual(lines);
});
