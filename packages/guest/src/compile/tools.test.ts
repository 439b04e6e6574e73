import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestError } from "../error.ts";
import { Cache } from "./cache.ts";
import { compile, type Sources } from "./compile.ts";
import type { CompileOptions } from "./options.ts";
import { inOrder, Tools, withTools } from "./tools.ts";

const OPTIONS: CompileOptions = {
  instrument: "outline",
  shadowOffset: 0n,
  optimize: "2",
  useAfterScope: true,
  defines: [],
  includes: [],
};
const encode = (text: string) => new TextEncoder().encode(text);
const sources = (texts: Record<string, string>): Sources => ({
  paths: Object.keys(texts),
  tree: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, encode(text)])),
  module: "m",
});

/** Several files, the first of which takes longest. */
const FILES = {
  "a.c": `${"#include <linux/module.h>\n"}${Array.from({ length: 200 }, (_, i) => `int f${i}(int *p) { return p[${i}]; }`).join("\n")}
#warning first\n`,
  "b.c": "#warning second\nint b(int *p) { return *p; }\n",
  "c.c": "#warning third\nint c(int *p) { return p[1]; }\n",
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kasan-tools-"));
});
afterAll(() => rm(folder, { recursive: true }));
let caches = 0;
const emptyCache = () => new Cache(join(folder, String(caches++)));

/** Compiles with so many tools at a time. */
async function compileWith(limit: number, files: Record<string, string>) {
  const progress: string[] = [];
  const tools = new Tools(limit);
  const compiled = await withTools(
    (by) => compile(sources(files), OPTIONS, emptyCache(), (what) => progress.push(what), by),
    tools,
  ).catch((error: GuestError) => error);
  return { compiled, progress, tools };
}

describe("tools side by side", () => {
  it("leave the same as one after the other, with messages in the files' order", async () => {
    const one = await compileWith(1, FILES);
    const two = await compileWith(2, FILES);
    expect(one.compiled).not.toBeInstanceOf(Error);
    expect(two).toEqual({ ...one, tools: two.tools });
    expect(one.progress).toEqual([
      "compiling a.c (1 of 3)",
      "compiling b.c (2 of 3)",
      "compiling c.c (3 of 3)",
      "linking",
    ]);
    const { diagnostics } = one.compiled as { diagnostics: string };
    expect([...diagnostics.matchAll(/warning: (\w+)/g)].map(([, word]) => word)).toEqual(["first", "second", "third"]);
  });

  it("report the error of the first file in order, and not of those after it", async () => {
    const broken = {
      ...FILES,
      "a.c": `${FILES["a.c"]}int a(void) { return x; }\n`,
      "b.c": "int b(void) { return y; }\n",
    };
    const [one, two] = [await compileWith(1, broken), await compileWith(2, broken)];
    expect(two.compiled).toBeInstanceOf(GuestError);
    expect(two.compiled).toEqual(one.compiled);
    const { details } = two.compiled as GuestError;
    expect(details).toContain("undeclared identifier 'x'");
    expect(details).not.toContain("undeclared identifier 'y'");
    expect(two.tools.threads).toBe(0);
  });

  it("start no thread for one file", async () => {
    const tools = new Tools(2);
    await compile(sources({ "b.c": FILES["b.c"] }), OPTIONS, emptyCache(), () => {}, tools);
    expect(tools.threads).toBe(0);
    tools.end();
  });

  it("have no more threads than their limit, and none at the end", async () => {
    const tools = new Tools(2);
    let most = 0;
    const started = () => {
      most = Math.max(most, tools.threads);
    };
    await withTools((by) => Promise.all([1, 2, 3].map(() => by.run(["clang", "--version"], {}, { started }))), tools);
    expect(most).toBe(2);
    expect(tools.threads).toBe(0);
    // What comes too late starts none.
    void tools.run(["clang", "--version"], {});
    expect(tools.threads).toBe(0);
  });

  it("survive one that fails", async () => {
    await withTools(async (tools) => {
      const runs = await Promise.all([1, 2].map(() => tools.run(["clang", "-c", "absent.c"], {})));
      expect(runs.map(({ files }) => files)).toEqual([undefined, undefined]);
      expect(runs[0].errors).toContain("absent.c");
      expect((await tools.run(["clang", "--version"], {})).files).toBeDefined();
    }, new Tools(2));
  });
});

describe("results in order", () => {
  it("throw the first error in order, not in time", async () => {
    const late = new Promise<number>((_, reject) => setTimeout(() => reject(new Error("first")), 20));
    await expect(inOrder([Promise.resolve(1), late, Promise.reject(new Error("second"))])).rejects.toThrow("first");
    expect(await inOrder([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
  });
});
