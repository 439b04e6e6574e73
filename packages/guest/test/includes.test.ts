import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compile, type GuestError, readSources } from "../src/index.ts";
import { cache, runFiles } from "./harness.ts";

const MODULE = "#include <linux/module.h>\n";
const SAY = `static int __init start(void) { pr_info("> %d in %s\\n", V, __FILE__); return 0; }\nmodule_init(start);\n`;
const OPTIONS = { instrument: "off", shadowOffset: 0n, optimize: "2", useAfterScope: false, defines: [] } as const;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Writes files, by their paths, into a new folder. */
async function write(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kasan-include-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

describe("a file is included by its path from the file that includes it", () => {
  it.each([
    ["a folder above, though its own has one of the same name", { "a/v.h": "#define V 1", "a/b/v.h": "#define V 2" }],
    ["a folder above, and its own has none", { "a/v.h": "#define V 1" }],
  ])("%s", async (_what, headers) => {
    const folder = await write({ ...headers, "a/b/u.c": `${MODULE}#include "../v.h"\n${SAY}` });
    const named = join(folder, "a/b/u.c");
    expect((await runFiles([named], { instrument: "off" })).lines).toEqual([`> 1 in ${named}`]);
    // By a path that leads out of the current folder, and by one from there.
    const outside = relative(process.cwd(), named);
    expect((await runFiles([outside], { instrument: "off" })).lines).toEqual([`> 1 in ${named}`]);
  });

  it("a folder beside it, whose header includes others", async () => {
    const folder = await write({
      "include/v.h": '#include "deep/w.h"\n#include "../other/x.inl"\n#define V (W + X)\n',
      "include/deep/w.h": '#include "../../a/own.h"\n#define W OWN\n',
      "other/x.inl": "#define X 3\n",
      "a/own.h": "#define OWN 4\n",
      "a/u.c": `${MODULE}#include "../include/v.h"\n${SAY}`,
    });
    const { lines } = await runFiles([join(folder, "a/u.c")], { instrument: "off" });
    expect(lines[0]).toContain("> 7 in ");
  });

  it("from a folder of -I", async () => {
    const folder = await write({
      "include/v.h": '#include "../out/w.h"\n#define V W\n',
      "out/w.h": "#define W 5\n",
      "a/u.c": `${MODULE}#include <v.h>\n#include <../out/w.h>\n_Static_assert(V == 5, "");\n`,
    });
    const includes = [join(folder, "include")];
    const compiled = await compile(
      await readSources([join(folder, "a/u.c")], includes),
      { ...OPTIONS, includes },
      cache,
    );
    expect(compiled.diagnostics).toBe("");
  });

  it("unless it is of a kernel's inside, of which the machine has its own", async () => {
    const files = {
      "mm/slab.h": "#error this kernel's\n",
      "mm/kasan/u.c": `${MODULE}#include "../slab.h"\n#define V 1\n${SAY}`,
    };
    const kernel = await write({ ...files, "include/linux/kernel.h": "" });
    const { lines } = await runFiles([join(kernel, "mm/kasan/u.c")], { instrument: "off" });
    expect(lines[0]).toContain("> 1 in ");
    const other = await write(files);
    await expect(runFiles([join(other, "mm/kasan/u.c")], { instrument: "off" })).rejects.toThrow("does not compile");
  });

  it("and not by the same name elsewhere", async () => {
    const folder = await write({ "a/b/v.h": "#define V 2", "a/b/u.c": `${MODULE}#include "../v.h"\n${SAY}` });
    const path = join(folder, "a/b/u.c");
    const error = await compile(await readSources([path], []), { ...OPTIONS, includes: [] }, cache).catch((e) => e);
    expect((error as GuestError).code).toBe("COMPILE_FAILED");
    expect(`${error.message}\n${(error as GuestError & { details?: string }).details}`).toContain(
      "'../v.h' file not found",
    );
  });
});
