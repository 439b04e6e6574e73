import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { x86_64 } from "@kasan/arch-x86";
import { kernelFunctions, Machine } from "@kasan/kernel";
import { SCHEMES } from "@kasan/vmalloc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Tools, withTools } from "../../src/compile/tools.ts";
import { Cache, type CompileOptions, GuestError } from "../../src/index.ts";
import { buildTree } from "../../src/tree/build.ts";
import { withFiles } from "../harness.ts";
import { KERNEL_TREE } from "./source.ts";

const architecture = x86_64({ levels: 4 });
const OPTIONS: CompileOptions = {
  instrument: "outline",
  shadowOffset: architecture.layout.shadowOffset,
  optimize: "2",
  useAfterScope: true,
  defines: [],
  includes: [],
};
const machine = new Machine({
  architecture,
  vmallocShadow: SCHEMES.lazy,
  memoryBytes: 64 * 2 ** 20,
  mode: "generic",
  seed: 0,
  multiShot: true,
  panicOnWarn: false,
  version: "6.12.0",
  log: () => {},
});
const services = new Set(Object.keys(kernelFunctions(machine)));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kasan-build-"));
});
// A build that failed may still write the index.
afterAll(() => rm(folder, { recursive: true, maxRetries: 20 }));
let caches = 0;

/** Builds files with so many tools at a time, and an empty cache unless one is given. */
function buildWith(limit: number, paths: string[], defines: string[] = [], cache = newCache()) {
  const tree = { folder: KERNEL_TREE, autoFiles: 3 };
  const options = { ...OPTIONS, defines };
  return withTools((tools) => buildTree(paths, options, tree, services, cache, tools), new Tools(limit));
}
const newCache = () => new Cache(join(folder, String(caches++)));

const USER = "#include <linux/module.h>\n#include <linux/idr.h>\n#include <linux/xarray.h>\n";

describe("a build against a kernel's source", () => {
  it("makes the same with one tool at a time and with several", { timeout: 300_000 }, async () => {
    const files = {
      "a.c": `${USER}DEFINE_IDA(ida);\nint user_b(void);\nint init_module(void) { return ida_alloc(&ida, GFP_KERNEL) + user_b(); }\n`,
      "b.c": `${USER}int user_b(void) { DEFINE_XARRAY(xa); return xa_err(xa_store(&xa, 1, &xa, GFP_KERNEL)); }\n`,
    };
    await withFiles(files, async (paths) => {
      const one = await buildWith(1, paths);
      const three = await buildWith(3, paths);
      expect(one.files.map(({ path }) => path)).toContain("lib/xarray.c");
      expect(three).toEqual(one);
    });
  });

  it("gives macros to the files that are named, not to those that these need", { timeout: 300_000 }, async () => {
    const text = `${USER}DEFINE_IDA(ida);\nint init_module(void) { return ida_alloc(&ida, GFP_KERNEL) + VALUE; }\n`;
    await withFiles({ "a.c": text }, async (paths) => {
      const cache = newCache();
      const one = await buildWith(2, paths, ["VALUE=1", "XA_CHUNK_SHIFT=4"], cache);
      const two = await buildWith(2, paths, ["VALUE=2"], cache);
      expect(two.files.map(({ path }) => path)).toContain("lib/xarray.c");
      expect(Buffer.compare(two.kernel, one.kernel)).toBe(0);
      expect(Buffer.compare(two.module, one.module)).not.toBe(0);
    });
  });

  it("reports the error of the first file in order", { timeout: 300_000 }, async () => {
    const files = { "a.c": `${USER}int a(void) { return x; }\n`, "b.c": "#error early\n" };
    await withFiles(files, async (paths) => {
      const errors = [1, 3].map((limit) => buildWith(limit, paths).catch((error: GuestError) => error));
      const [one, three] = await Promise.all(errors);
      expect(three).toBeInstanceOf(GuestError);
      expect((three as GuestError).details).toContain("undeclared identifier 'x'");
      expect(three).toEqual(one);
    });
  });
});
