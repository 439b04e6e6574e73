import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { title } from "./title.ts";

const f = { symbol: "f", offset: 1, size: 2, reliable: true };
const access = { kind: "Read", size: 8, address: 0xffff888000000000n } as const;

test.each([
  [4, 2, "slab-out-of-bounds", "BUG: KASan: out of bounds access in f+0x1/0x2 at addr ffff888000000000"],
  [4, 2, "use-after-free", "BUG: KASan: use after free in f+0x1/0x2 at addr ffff888000000000"],
  [4, 9, "null-ptr-deref", "BUG: KASAN: null-ptr-deref on address ffff888000000000"],
  [5, 10, "double-free", "BUG: KASAN: double-free or invalid-free in f+0x1/0x2"],
  [6, 1, "slab-use-after-free", "BUG: KASAN: use-after-free in f+0x1/0x2"],
  [6, 12, "slab-use-after-free", "BUG: KASAN: slab-use-after-free in f+0x1/0x2"],
] as const)("%i.%i prints %s", (major, minor, bugType, text) => {
  const report = { bugType, function: f, access };
  expect(textsOf(title.print?.(report, styleOfVersion(major, minor)))).toEqual([text]);
});

test.each([
  ["BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [m] mm/f.c:7", { function: { symbol: "f", module: "m", line: 7 } }],
  ["BUG: KASan: out of bounds on stack in f+0x1/0x2 at addr ffff888000000000", { bugType: "out-of-bounds-on-stack" }],
  ["BUG: KASAN: double-free or invalid-free in f+0x1/0x2", { bugType: "double-free or invalid-free" }],
  ["BUG: KASAN: use-after-free in f", { bugType: "use-after-free", function: { symbol: "f" } }],
  ["BUG: KASAN: invalid-access", { bugType: "invalid-access" }],
])("%s", (line, fields) => {
  expect(readLines([line])).toMatchObject({ fields, roles: ["title"] });
});

test("rules have 66 equals signs, more or less", () => {
  expect(readLines(["=".repeat(66), "=".repeat(77), "=".repeat(20)]).roles).toEqual(["rule", "slab-dump", "registers"]);
});
