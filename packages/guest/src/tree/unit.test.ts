import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Cache } from "../compile/cache.ts";
import { NO_FLAGS } from "../compile/options.ts";
import type { ToolRun } from "../compile/tool.ts";
import type { Tools } from "../compile/tools.ts";
import { HeaderSearch, TREE_ROOT } from "./headers.ts";
import { KernelTree } from "./kernel-tree.ts";
import { TreeCompiler } from "./unit.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-unit-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
write("Makefile", "VERSION = 6\nPATCHLEVEL = 12\n");
write("include/asm-generic/Kbuild", "");
write("include/linux/kconfig.h", "");
write("include/linux/module.h", "");
write("lib/broken.c", "#include <linux/module.h>\nint x = y;\n");

let runs = 0;
/** A compiler that says the same of each file. */
const saying = (errors: string): Tools => {
  const run = async (): Promise<ToolRun> => {
    runs++;
    return { files: undefined, output: new Uint8Array(), errors };
  };
  return { run } as unknown as Tools;
};

const options = {
  instrument: "outline",
  shadowOffset: 0n,
  optimize: "2",
  useAfterScope: true,
  defines: [],
  includes: [],
  flags: [],
} as const;

/** Compiles the file as a part of the kernel, or of a module, and gives the error, and how often the compiler ran. */
async function compile(errors: string, cache: string, module?: string): Promise<{ message: string; runs: number }> {
  runs = 0;
  const search = new HeaderSearch(KernelTree.open(folder), {});
  const compiler = new TreeCompiler(search, options, new Cache(join(folder, cache)), saying(errors));
  const unit = { source: `${TREE_ROOT}/lib/broken.c`, index: 0, flags: NO_FLAGS, module, named: true };
  const { message } = await compiler
    .compile(unit, () => {})
    .then(
      () => ({ message: "it compiles" }),
      (error: Error) => error,
    );
  return { message, runs };
}

const MESSAGE = "lib/broken.c does not compile";
const ERROR = `${TREE_ROOT}/lib/broken.c:2:9: error: use of undeclared identifier 'y'\n`;

it("a file of the kernel that does not compile is not compiled again", async () => {
  expect(await compile(ERROR, "kernel")).toMatchObject({ message: MESSAGE, runs: 2 });
  expect(await compile(ERROR, "kernel")).toEqual({ message: MESSAGE, runs: 0 });
  write("include/linux/module.h", "extern int y;\n");
  expect((await compile(ERROR, "kernel")).runs).toBeGreaterThan(0);
});

it("one of the user's is, and one that the compiler failed at without an error in it", async () => {
  await compile(ERROR, "module", "mine");
  expect((await compile(ERROR, "module", "mine")).runs).toBeGreaterThan(0);
  await compile("memory access out of bounds\n", "crash");
  expect((await compile("memory access out of bounds\n", "crash")).runs).toBeGreaterThan(0);
});
