import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { x86_64 } from "@kasan/arch-x86";
import { type KernelFunctions, kernelFunctions, Machine, type ModeName } from "@kasan/kernel";
import { beforeAll, expect, test } from "vitest";
import { host } from "#host";
import { addHeaders, HEADER_FOLDER, LIBRARY_FOLDER, type Tree } from "../src/compile/files.ts";
import { type CompileOptions, clangArguments, HEADER_ROOT } from "../src/compile/options.ts";
import { runTool } from "../src/compile/tool.ts";

const OPTIONS: CompileOptions = {
  instrument: "outline",
  shadowOffset: 0xdffffc0000000000n,
  optimize: "0",
  useAfterScope: false,
  defines: [],
  includes: [],
};
const SOURCE = "/all.c";
const MODES: readonly ModeName[] = ["generic", "hw_tags"];

/** Functions that compilers call on their own, with types that no header declares. */
const COMPILERS_OWN = /^__(asan|hwasan)_|^__cxa_atexit$/;
/** Functions that the kernel's own tests take from their mm/kasan/kasan.h. A loader compares their types at load time. */
const OF_KERNEL_TESTS = [
  "kasan_poison",
  "kasan_unpoison",
  "kasan_save_enable_multi_shot",
  "kasan_restore_multi_shot",
  "kasan_enable_hw_tags",
  "kasan_force_async_fault",
  "kasan_random_tag",
];

/** Functions that only the headers and the code for a kernel's source use (packages/guest/arch). */
const OF_TREES = [
  "__ksize",
  "__kmalloc_cache_noprof",
  "__kmalloc_cache_node_noprof",
  "kasan_guest_jiffies",
  "kasan_guest_return_address",
  "__folio_put",
  "nr_free_buffer_pages",
  "kasan_guest_free_pages",
  "kasan_guest_reschedule",
  "kasan_guest_total_pages",
  "kasan_guest_vmalloc_start",
  "kasan_guest_vmalloc_end",
  "kasan_guest_leave_boot",
  "kasan_guest_warn_caller",
  "kasan_guest_conversion",
  "kasan_guest_converted",
  "validate_slab_cache",
];

let functions: KernelFunctions;
/** Types of functions as seen by the compiler, such as `"li:l"`, by name. */
let declared: Map<string, string>;

beforeAll(async () => {
  const { log, ...options } = { log: () => {}, seed: 0, multiShot: true, panicOnWarn: false, version: "6.12.0" };
  const architecture = x86_64({ levels: 4 });
  functions = kernelFunctions(
    new Machine({ ...options, log, architecture, memoryBytes: 16 * 2 ** 20, mode: "generic" }),
  );
  declared = await declarations(Object.keys(functions));
});

test("functions outside wasm have the types that headers and the kernel's C declare", () => {
  const known = Object.entries(functions).filter(([name]) => declared.has(name));
  expect(Object.fromEntries(known.map(([name, { signature }]) => [name, signature]))).toEqual(
    Object.fromEntries(known.map(([name]) => [name, declared.get(name)])),
  );
  expect(known.length).toBeGreaterThan(100);
});

test("those that nothing here declares are compilers' own, of the kernel's tests, and for a kernel's source", () => {
  const others = Object.keys(functions).filter((name) => !declared.has(name));
  expect(others.filter((name) => !COMPILERS_OWN.test(name)).sort()).toEqual([...OF_KERNEL_TESTS, ...OF_TREES].sort());
});

/** Uses clang to find the declarations of some names in headers and the kernel's C code. */
async function declarations(names: readonly string[]): Promise<Map<string, string>> {
  const tree: Tree = {};
  addHeaders(tree, HEADER_FOLDER, HEADER_ROOT, true, host.disk);
  addHeaders(tree, LIBRARY_FOLDER, "/lib", true, host.disk);
  const headers = filesOf(HEADER_FOLDER, ".h").map((name) => `#include <${name}>\n`);
  const found = new Map<string, string>();
  const left = (text: string) => names.filter((name) => !found.has(name) && new RegExp(`\\b${name}\\s*\\(`).test(text));
  const inLibrary = filesOf(LIBRARY_FOLDER, ".c").map((name) => ({
    text: `#include "/lib/${name}"\n`,
    names: () => left(readFileSync(join(LIBRARY_FOLDER, name), "utf8")),
  }));
  const all = [{ text: headers.join(""), names: () => names }, ...inLibrary];
  // Some are declared only in one mode.
  for (const [mode, { text, names: mentioned }] of MODES.flatMap((one) =>
    all.map((source) => [one, source] as const),
  )) {
    if (mentioned().length === 0) continue;
    const here = left(await clang(mode, tree, text, "-E"));
    if (here.length === 0) continue;
    // The table makes the compiler keep unused declarations.
    const table = `void *kasan_table[] = { ${here.map((name) => `(void *)&${name}`).join(", ")} };\n`;
    for (const [name, type] of typesOf(await clang(mode, tree, text + table, "-S", "-emit-llvm"))) {
      if (here.includes(name)) found.set(name, type);
    }
  }
  return found;
}

const filesOf = (folder: string, end: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`))
    .sort();

async function clang(mode: ModeName, tree: Tree, source: string, ...how: string[]): Promise<string> {
  const own = clangArguments(
    { ...OPTIONS, mode },
    { index: 0, source: SOURCE, sanitize: false, cover: false, module: undefined, precompiled: false },
  );
  const command = [...own.filter((argument) => argument !== "-c" && argument !== "-g"), "-w", ...how];
  const { files, output, errors } = await runTool(command, { ...tree, "all.c": new TextEncoder().encode(source) });
  if (!files) throw new Error(errors);
  return new TextDecoder().decode(output);
}

/** The functions declared and defined in LLVM's intermediate code. */
function typesOf(code: string): [name: string, type: string][] {
  return [...code.matchAll(/^(?:declare|define) (.*?)@"?([\w.]+)"?\((.*?)\)(?: |$)/gm)].map(
    ([, result, name, list]) => {
      const types = list.split(",").filter((parameter) => parameter.trim() !== "" && parameter.trim() !== "...");
      return [name, `${types.map(letterOf).join("")}${list.includes("...") ? "l" : ""}:${letterOf(result)}`];
    },
  );
}

function letterOf(type: string): string {
  if (/\bvoid\b/.test(type)) return "v";
  return /\bptr\b|\bi64\b/.test(type) ? "l" : "i";
}
