import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Cache } from "../compile/cache.ts";
import { KernelTree } from "./kernel-tree.ts";
import { openIndex, renewIndex, SymbolIndex } from "./symbol-index.ts";

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

describe("the index of a source on disk", () => {
  const folder = mkdtempSync(join(tmpdir(), "kasan-index-"));
  const file = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  file("Makefile", "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n");
  for (const path of ["include/linux/kconfig.h", "include/linux/module.h", "include/asm-generic/Kbuild"])
    file(path, "");
  file("lib/a.c", "int one(void) { return 1; }\n");
  const cache = new Cache(join(folder, "cache"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is made again after a file was changed, and only then", async () => {
    const tree = KernelTree.open(folder);
    const where = async (name: string) => paths(await openIndex(tree, cache), name);
    expect([await where("one"), await where("two")]).toEqual([["lib/a.c"], []]);
    expect(await renewIndex(tree, cache)).toBe(false);
    file("lib/a.c", "int two(void) { return 2; }\n");
    utimesSync(join(folder, "lib/a.c"), new Date(), new Date(Date.now() + 1000));
    expect(await renewIndex(tree, cache)).toBe(true);
    expect([await where("one"), await where("two")]).toEqual([[], ["lib/a.c"]]);
  });

  it("is made again after a file was added", async () => {
    const tree = KernelTree.open(folder);
    file("lib/b.c", "int three;\n");
    utimesSync(join(folder, "lib/b.c"), new Date(0), new Date(0));
    utimesSync(join(folder, "lib/a.c"), new Date(0), new Date(0));
    expect(await renewIndex(tree, cache)).toBe(true);
    expect(paths(await openIndex(tree, cache), "three")).toEqual(["lib/b.c"]);
  });
});
