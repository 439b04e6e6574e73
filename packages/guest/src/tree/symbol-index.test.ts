import { describe, expect, it } from "vitest";
import { SymbolIndex } from "./symbol-index.ts";

const TEXTS = new Map([
  ["a.c", "int one(int x)\n/* says */ /* more */\n{\n\treturn x;\n}\nEXPORT_SYMBOL(one);\n"],
  ["b.c", "struct queue *first, *second, third;\nint many = 1;\nstatic int hidden;\n"],
  ["c.c", "void other(const u8 *p)\n\t__weak __alias(other_generic);\n"],
  ["exports.c", "EXPORT_SYMBOL(second);\nEXPORT_SYMBOL_GPL(made_by_macro);\n"],
  ["d.c", "int one(int x) { return 2; }\n"],
]);
const paths = (index: SymbolIndex, name: string) => index.find(name).map(({ path }) => path);

describe("an index of definitions", () => {
  const index = SymbolIndex.of(TEXTS);

  it("has functions, with comments before their body, and by a second name", () => {
    expect(paths(index, "one")).toEqual(["a.c"]);
    expect(paths(index, "other")).toEqual(["c.c"]);
  });

  it("has each of several variables, and none that is static", () => {
    for (const name of ["first", "second", "third", "many"]) expect(paths(index, name), name).toEqual(["b.c"]);
    expect(paths(index, "hidden")).toEqual([]);
  });

  it("names a file that only exports a symbol if no other defines it", () => {
    expect(paths(index, "made_by_macro")).toEqual(["exports.c"]);
  });

  it("comes back from its text", () => {
    const again = SymbolIndex.fromText(index.toText());
    for (const name of ["one", "second", "made_by_macro"]) expect(again.find(name)).toEqual(index.find(name));
  });
});
