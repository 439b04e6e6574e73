import { describe, expect, it } from "vitest";
import { CODE_ARGUMENTS } from "../compile/options.ts";
import { runTool } from "../compile/tool.ts";
import { GuestError } from "../error.ts";
import { definedNames, objectSymbols } from "./objects.ts";
import { type PullOptions, pullIn } from "./pull.ts";
import { SymbolIndex } from "./symbol-index.ts";
import type { TreeObject } from "./unit.ts";

const FLAGS = { folders: [], defines: [], headers: [], warnings: [], sanitize: true, cover: true };

async function compile(source: string, text: string): Promise<TreeObject> {
  const command = ["clang", ...CODE_ARGUMENTS, "-O1", "-w", "-c", source, "-o", "-"];
  const { files, output, errors } = await runTool(command, { [source]: new TextEncoder().encode(text) });
  if (!files) throw new GuestError("COMPILE_FAILED", `${source} does not compile`, errors);
  return { unit: { source, index: 0, flags: FLAGS, module: undefined, named: false }, bytes: output, diagnostics: "" };
}

/** Files of a kernel's source, by path. */
const TREE: Record<string, string> = {
  "far.c": "int far_value(void) { return 1; }",
  "near.c":
    "int far_value(void); int absent(void); int near(void) { return far_value(); } int unused(void) { return absent(); }",
  "table.c": "int far_value(void); static int own(void) { return far_value(); } int (*table[])(void) = { own };",
  "init.c": "int absent(void); int wanted(void) { return 0; } int __kasan_initcall_6_1_x(void) { return absent(); }",
  "broken.c": "int broken(void) { return x; }",
  "boots.c":
    "int far_from_boot(void); int boots(void) { return 0; } int __kasan_initcall_6_2_y(void) { return far_from_boot(); }",
  "boot-far.c":
    "int further(void); extern int gone; int far_from_boot(void) { return gone; } int __kasan_initcall_6_3_z(void) { return further(); }",
  "further.c": "int further(void) { return 3; }",
};
const definitions = (all: Record<string, string>) =>
  new SymbolIndex(new Map(Object.entries(all).map(([name, path]) => [name, [{ path, exported: false }]])));
const INDEX = definitions({
  far_value: "far.c",
  near: "near.c",
  table: "table.c",
  wanted: "init.c",
  broken: "broken.c",
  liar: "far.c",
  boots: "boots.c",
  far_from_boot: "boot-far.c",
  further: "further.c",
  ours: "mm/slub.c",
});

async function pull(text: string, options: Partial<PullOptions> = {}) {
  const module = [await compile("user.c", text)];
  return await pullIn({ module, kernel: [] }, async () => INDEX, {
    provides: () => false,
    compile: (path) => compile(path, TREE[path]),
    limit: 10,
    replaced: (path) => path.startsWith("mm/"),
    library: async () => [],
    wanted: [],
    ...options,
  });
}
const names = (all: readonly { name: string }[]) =>
  all.map(({ name }) => name).filter((name) => !name.startsWith("__"));

describe("symbols of an object", () => {
  it("tell what uses what", async () => {
    const { bytes } = await compile(
      "a.c",
      "int g(void); extern int v; int f(void) { return g() + v; } static int s; int *p = &s;",
    );
    const symbols = objectSymbols(bytes);
    expect(definedNames(symbols).sort()).toEqual(["f", "p"]);
    const usedBy = (name: string) =>
      symbols.symbols.find((one) => one.name === name)?.uses.map((index) => symbols.symbols[index].name);
    expect(usedBy("f")).toEqual(expect.arrayContaining(["g", "v"]));
    expect(usedBy("p")).toEqual(["s"]);
  });

  it("need what prints a kernel's structures only where a format of one is reached", async () => {
    const formatter = "kasan_guest_format_pointer";
    const text = `void say(const char *, ...);
      static const char *const plain = "%p %pI4 %d"; void f(void) { say(plain); } void g(void) { say("at %pR"); }`;
    const needed = async (function_: string) => {
      const object = await compile("formats.c", text);
      const { missing } = await pullIn({ module: [], kernel: [] }, async () => INDEX, {
        provides: (symbol) => symbol === "say",
        compile: async () => object,
        limit: 10,
        replaced: () => false,
        library: async (symbol) => (symbol === function_ ? ["formats.c"] : []),
        wanted: [function_],
      });
      return missing.some(({ name, neededBy }) => name === formatter && neededBy === "formats.c");
    };
    expect([await needed("f"), await needed("g")]).toEqual([false, true]);
  });

  it("are none of damaged bytes", async () => {
    const { bytes } = await compile("a.c", "int f(void) { return 1; }");
    for (let end = 8; end < bytes.length; end += 7) {
      try {
        objectSymbols(bytes.subarray(0, end));
      } catch (error) {
        expect((error as { code?: string }).code).toBe("WASM_MALFORMED");
      }
    }
  });
});

describe("files are pulled in", () => {
  it("with what they need in turn, but for what nobody reaches", async () => {
    const { files, missing } = await pull("int near(void); int f(void) { return near(); }");
    expect(files).toEqual([
      { path: "near.c", symbol: "near", neededBy: "user.c" },
      { path: "far.c", symbol: "far_value", neededBy: "near.c" },
    ]);
    expect(names(missing)).toEqual([]);
  });

  it("through tables of functions", async () => {
    const { files } = await pull("extern int (*table[])(void); int f(void) { return table[0](); }");
    expect(files.map(({ path }) => path)).toEqual(["table.c", "far.c"]);
  });

  it("with their initcalls, which run whatever is used", async () => {
    const { missing } = await pull("int wanted(void); int f(void) { return wanted(); }");
    expect(missing).toEqual([
      {
        name: "absent",
        kind: "function",
        neededBy: "init.c",
        files: [],
        why: "no file that can be compiled in defines it",
      },
    ]);
  });

  it("with what a strong definition needs that comes after a weak one", async () => {
    const OWN: Record<string, string> = {
      "weak.c": "__attribute__((weak)) int both(void) { return 0; }",
      "strong.c": "int absent(void); int both(void) { return absent(); } int strong(void) { return 1; }",
    };
    const library = async (symbol: string) =>
      symbol === "both" ? ["weak.c"] : symbol === "strong" ? ["strong.c"] : [];
    const own = { library, compile: (path: string) => compile(path, OWN[path]) };
    const alone = await pull("int both(void); int f(void) { return both(); }", own);
    expect(names(alone.missing)).toEqual([]);
    const two = "int both(void); int strong(void); int f(void) { return both() + strong(); }";
    expect(names((await pull(two, own)).missing)).toEqual(["absent"]);
  });

  it("for boot last, and not for the boot of what only the boot needs", async () => {
    const { files, missing } = await pull("int boots(void); int near(void); int f(void) { return boots() + near(); }");
    expect(files.map(({ path }) => path)).toEqual(["near.c", "boots.c", "far.c", "boot-far.c"]);
    expect(missing.map(({ name, why }) => [name, why])).toEqual([
      ["gone", "no file that can be compiled in defines it"],
      ["further", "only the boot of files that the boot needs uses it"],
    ]);
  });

  it("up to a limit, and never if the machine replaces them or they do not compile", async () => {
    const limited = await pull("int near(void); int f(void) { return near(); }", { limit: 1 });
    expect(limited.missing.map(({ name, why }) => [name, why])).toEqual([
      ["far_value", "the limit of 1 files is reached"],
    ]);
    const { missing } = await pull(
      "int ours(void); int broken(void); int liar(void); int f(void) { return ours() + broken() + liar(); }",
    );
    expect(Object.fromEntries(missing.map(({ name, why }) => [name, why]))).toEqual({
      ours: "mm/slub.c is replaced by the machine",
      broken: "broken.c does not compile: use of undeclared identifier 'x' (broken.c:1)",
      liar: "far.c does not define it in this configuration",
    });
  });

  it("for the kernel's part, although the module has its own", async () => {
    const { files } = await pull("int near(void); int far_value(void) { return near(); }");
    expect(files.map(({ path }) => path)).toEqual(["near.c", "far.c"]);
  });

  it("side by side, but entered in the same order whichever is compiled first", async () => {
    const text =
      "int near(void); int wanted(void); extern int (*table[])(void); int f(void) { return near() + wanted() + table[0](); }";
    const one = await pull(text);
    const asked: string[] = [];
    let [now, most] = [0, 0];
    const two = await pull(text, {
      compile: async (path) => {
        asked.push(path);
        most = Math.max(most, ++now);
        const object = await compile(path, TREE[path]);
        await new Promise((resolve) => setTimeout(resolve, path === "near.c" ? 200 : 0));
        now--;
        return object;
      },
    });
    expect(two).toEqual(one);
    expect(one.files.map(({ path }) => path).sort()).toEqual(["far.c", "init.c", "near.c", "table.c"]);
    expect(most).toBe(3);
    expect(asked.length).toBe(new Set(asked).size);
  });

  it("without compiling more ahead than the limit", async () => {
    const asked: string[] = [];
    const { files } = await pull("int near(void); int wanted(void); int f(void) { return near() + wanted(); }", {
      limit: 1,
      compile: (path) => {
        asked.push(path);
        return compile(path, TREE[path]);
      },
    });
    expect(files.length).toBe(1);
    expect(asked).toEqual(files.map(({ path }) => path));
  });

  it("from what is asked first, unless that does not compile, which is told once", async () => {
    const { files, objects, unusable } = await pull(
      "int near(void); int far_value(void); int f(void) { return near() + far_value(); }",
      { library: async (symbol) => (symbol === "far_value" ? ["broken.c", "far.c"] : ["broken.c"]) },
    );
    expect(files.map(({ path }) => path)).toEqual(["near.c"]);
    expect(objects.map(({ unit }) => unit.source)).toEqual(expect.arrayContaining(["near.c", "far.c"]));
    expect(unusable).toEqual(["broken.c: use of undeclared identifier 'x' (broken.c:1)"]);
  });
});
