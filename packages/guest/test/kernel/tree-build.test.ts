import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { x86_64 } from "@kasan/arch-x86";
import { kernelFunctions, Machine } from "@kasan/kernel";
import { SCHEMES } from "@kasan/vmalloc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { Tools, withTools } from "../../src/compile/tools.ts";
import { Cache, type CompileOptions, cacheFolder, GuestError, type TreeOptions } from "../../src/index.ts";
import { buildTree } from "../../src/tree/build.ts";
import { cache as shared, withFiles } from "../harness.ts";
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
  await writeFile(join(folder, ".config"), breadthConfig());
});
// A build that failed may still write the index.
afterAll(() => rm(folder, { recursive: true, maxRetries: 20 }));
let caches = 0;

/** What differs from build to build. */
interface BuildChoice extends Partial<TreeOptions> {
  readonly defines?: readonly string[];
  readonly cache?: Cache;
}

/** Builds files with so many tools at a time, and the tests' cache unless one is given. */
function buildWith(limit: number, paths: string[], { defines = [], cache = shared, ...own }: BuildChoice = {}) {
  const tree = { folder: KERNEL_TREE, config: join(folder, ".config"), autoFiles: 3, ...own };
  const options = { ...OPTIONS, defines };
  return withTools((tools) => buildTree(paths, options, tree, services, cache, tools), new Tools(limit));
}
/** A cache that has what other tests compiled, but nothing of what is only compiled with it. */
const newCache = () => new Cache(join(folder, String(caches++)), [cacheFolder()]);

const USER = "#include <linux/module.h>\n#include <linux/idr.h>\n#include <linux/xarray.h>\n";

describe("a build against a kernel's source", () => {
  it("makes the same with one tool at a time and with several", { timeout: 300_000 }, async () => {
    const files = {
      "a.c": `${USER}DEFINE_IDA(ida);\nint user_b(void);\nint init_module(void) { return ida_alloc(&ida, GFP_KERNEL) + user_b(); }\n`,
      "b.c": `${USER}int user_b(void) { DEFINE_XARRAY(xa); return xa_err(xa_store(&xa, 1, &xa, GFP_KERNEL)); }\n`,
    };
    await withFiles(files, async (paths) => {
      const one = await buildWith(1, paths, { cache: newCache() });
      // Much of it is in the cache, from other tests: made by several tools as well.
      const three = await buildWith(3, paths);
      expect(one.files.map(({ path }) => path)).toContain("lib/xarray.c");
      expect(three).toEqual(one);
    });
  });

  it("gives macros to the files that are named, not to those that these need", { timeout: 300_000 }, async () => {
    const text = `${USER}DEFINE_IDA(ida);\nint init_module(void) { return ida_alloc(&ida, GFP_KERNEL) + VALUE; }\n`;
    await withFiles({ "a.c": text }, async (paths) => {
      const one = await buildWith(2, paths, { defines: ["VALUE=1", "XA_CHUNK_SHIFT=4"] });
      const two = await buildWith(2, paths, { defines: ["VALUE=2"] });
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

  it("does not let pass in the user's files what a kernel's build does not, unless their Makefile does", {
    timeout: 300_000,
  }, async () => {
    const code = `${USER}#define VALUE 1
      static void take(int *x) { (*x)++; }
      static int __init start(void) { long x = 0; int unused; take(&x); return 0; }
      module_init(start);\n`;
    const makefile = "obj-m := a.o\nccflags-y := -Wno-error=incompatible-pointer-types -Wl,-s\n";
    await withFiles({ Makefile: makefile, "a.c": code }, async ([module, file]) => {
      const error = await buildWith(3, [file]).catch((thrown) => thrown);
      expect(error).toMatchObject({
        code: "COMPILE_FAILED",
        details: expect.stringContaining("[-Werror,-Wincompatible-pointer-types]"),
      });
      const { diagnostics } = await buildWith(3, [module], { cache: newCache() });
      const kinds = diagnostics.match(/(?<=warning: .*\[-W)[\w-]+(?=\])/g);
      expect(kinds?.sort()).toEqual(["incompatible-pointer-types", "unused-variable"]);
    });
    const wrong = `${USER}static void start(void) { }\nmodule_init(start);\n`;
    await withFiles({ "a.c": wrong }, async (paths) => {
      const error = await buildWith(3, paths).catch((thrown) => thrown);
      expect(error).toMatchObject({ details: expect.stringContaining("incompatible-function-pointer-types") });
    });
  });

  it("refuses files that are not C by their name", async () => {
    await withFiles({ "a.txt": "int x;\n", drv: "int x;\n" }, async (paths) => {
      for (const path of paths) {
        const error = await buildWith(1, [path]).catch((thrown) => thrown);
        expect(error).toMatchObject({
          code: "BAD_INPUT",
          message: `${path}: not a C file by its name; give files that end in .c, or one WebAssembly file`,
        });
      }
    });
  });

  it("goes on with an odd configuration, and says what is odd", { timeout: 300_000 }, async () => {
    const odd = breadthConfig().replace(/^CONFIG_MODULES=y$/m, "CONFIG_RISCV=y\nMODULES");
    const files = {
      "a.c": `${USER}static int __init start(void) { return 0; }\nmodule_init(start);\n`,
      ".config": odd,
    };
    await withFiles(files, async ([path, config]) => {
      const said: string[] = [];
      const warn = (text: string) => said.push(text.replace(/^\S+?(?=:)/, ""));
      const options = { ...OPTIONS, source: { folder: "x86", config: ["X86_64", "X86"] } };
      const build = (tools: Tools) =>
        buildTree([path], options, { folder: KERNEL_TREE, config }, services, shared, tools, undefined, warn);
      expect((await withTools(build, new Tools(2))).name).toBe("a");
      expect(said).toEqual([
        expect.stringMatching(/^:\d+: unexpected data, left out: MODULES$/),
        ": a configuration of riscv, used for x86 without what is of that processor",
        expect.stringContaining("CONFIG_MODULES is off"),
      ]);
    });
  });

  it("is of a Makefile's module, all of whose files are the module", { timeout: 300_000 }, async () => {
    const files = {
      Makefile: "obj-m := both.o\nboth-y := a.o b.o\nccflags-y := -DVALUE=1\n",
      "a.c": `${USER}int user_b(void);\nint init_module(void) { return user_b(); }\n`,
      "b.c": "int user_b(void) { return VALUE; }\n",
    };
    await withFiles(files, async ([makefile]) => {
      const { name, files: pulled } = await buildWith(3, [makefile]);
      expect(name).toBe("both");
      expect(pulled.map(({ path }) => path)).not.toContain("b.c");
    });
  });

  it("has files of the source whose initcalls run at boot, and no others by that name", {
    timeout: 300_000,
  }, async () => {
    await withFiles({ "a.c": `${USER}int init_module(void) { return 0; }\n` }, async (paths) => {
      const { name, initcalls } = await buildWith(3, paths, { builtin: ["lib/test_module.c"] });
      expect(name).toBe("a");
      expect(initcalls.filter((call) => call.endsWith("_test_module_init"))).toHaveLength(1);
      for (const path of ["lib/no_such_file.c", "lib/Makefile", "lib", paths[0]]) {
        const error = await buildWith(3, paths, { builtin: [path] }).catch((thrown) => thrown);
        expect(error).toMatchObject({ code: "BAD_INPUT", message: expect.stringContaining(`${path}: no C file of `) });
      }
    });
  });

  it("is refused if something is missing and nothing may be", { timeout: 300_000 }, async () => {
    const files = { "a.c": `${USER}void absent(void);\nint init_module(void) { absent(); return 0; }\n` };
    await withFiles(files, async (paths) => {
      const error = await buildWith(3, paths, { strict: true }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "UNRESOLVED", message: "nothing provides absent" });
    });
  });

  it("takes the given definition of a function, also of the kernel's, or refuses it", {
    timeout: 300_000,
  }, async () => {
    const files = {
      "a.c": `${USER}#include <linux/list_sort.h>\nstatic int fast(int a)\n{\n\tasm("addl %0" : "+r"(a));\n\treturn a;\n}\n
int init_module(void) { LIST_HEAD(list); list_sort(NULL, &list, NULL); return fast(1); }\n`,
      "fast.c": "static int fast(int a) { return a; }\n",
      "sort.c": "void list_sort(void *p, struct list_head *head, list_cmp_func_t cmp) { absent(); }\n",
      "exit.c": "void do_exit(long code) { }\n",
    };
    await withFiles(files, async ([program, fast, sort, exit]) => {
      const failed = await buildWith(3, [program]).catch((error: GuestError) => error);
      expect(failed).toMatchObject({ code: "COMPILE_FAILED", message: expect.stringContaining("assembly in fast()") });
      const { name } = await buildWith(3, [program], { replace: [["fast", fast]] });
      expect(name).toBe("a");
      const broken = buildWith(3, [program], {
        replace: [
          ["fast", fast],
          ["list_sort", sort],
        ],
      });
      expect((await broken).missing).toContainEqual(
        expect.objectContaining({ name: "list_sort", why: expect.stringContaining("'absent'") }),
      );
      await expect(
        buildWith(3, [program], {
          replace: [
            ["fast", fast],
            ["do_exit", exit],
          ],
        }),
      ).rejects.toThrow("do_exit cannot be replaced: no file that is compiled defines it; kernel/exit.c does");
    });
  });
});
