import { runLLVM } from "@yowasp/clang";
import ownPackage from "../../package.json" with { type: "json" };
import { GuestError } from "../error.ts";
import { type Cache, cacheKey } from "./cache.ts";
import { addFile, addHeaders, addSiblings, compilerPath, HEADER_FOLDER, readInput, type Tree } from "./files.ts";
import { type CompileOptions, clangArguments, HEADER_ROOT, KASAN_SANITIZE_MARK, linkArguments } from "./options.ts";

/** Pinned exactly, so it names the compiler. */
const CLANG_VERSION = ownPackage.dependencies["@yowasp/clang"];

/** What compiling came to. */
export interface Compiled {
  /** The linked wasm64 module, with symbols and DWARF. */
  readonly wasm: Uint8Array;
  /** Warnings, as clang prints them. Empty when the module came from the cache. */
  readonly diagnostics: string;
  readonly cached: boolean;
}

/** Says what goes on, for a progress display. */
export type Progress = (what: string) => void;

/**
 * Compiles C files and links them into one module.
 *
 * @param paths - C files, at least one
 * @throws {@link GuestError} `BAD_INPUT` for a file that cannot be read or is not text, `COMPILE_FAILED` with clang's
 * diagnostics
 */
export async function compile(
  paths: readonly string[],
  options: CompileOptions,
  cache: Cache,
  progress: Progress = () => {},
): Promise<Compiled> {
  const tree: Tree = {};
  const sources: { path: string; sanitize: boolean }[] = [];
  await addHeaders(tree, HEADER_FOLDER, HEADER_ROOT, true);
  for (const folder of options.includes) await addHeaders(tree, folder, compilerPath(folder), true);
  for (const path of paths) {
    const bytes = await readInput(path);
    if (bytes.subarray(0, 65536).includes(0)) {
      throw new GuestError("BAD_INPUT", `${path}: neither C nor WebAssembly`);
    }
    await addSiblings(tree, path);
    addFile(tree, compilerPath(path), bytes);
    sources.push({ path: compilerPath(path), sanitize: !KASAN_SANITIZE_MARK.test(new TextDecoder().decode(bytes)) });
  }
  const compilerOptions = { ...options, includes: options.includes.map(compilerPath) };
  const commands = sources.map(({ path, sanitize }, i) => clangArguments(compilerOptions, path, `/kasan/out/${i}.o`, sanitize));
  const key = cacheKey("module", CLANG_VERSION, JSON.stringify(commands), ...flattenTree(tree));
  const found = await cache.get(key);
  if (found) return { wasm: found, diagnostics: "", cached: true };
  const { wasm, diagnostics } = await build(commands, tree, progress);
  await cache.put(key, wasm);
  return { wasm, diagnostics, cached: false };
}

function flattenTree(tree: Tree, path = ""): (string | Uint8Array)[] {
  return Object.keys(tree)
    .sort()
    .flatMap((name) => {
      const entry = tree[name];
      return entry instanceof Uint8Array ? [`${path}/${name}`, entry] : flattenTree(entry, `${path}/${name}`);
    });
}

async function build(commands: string[][], tree: Tree, progress: Progress): Promise<{ wasm: Uint8Array; diagnostics: string }> {
  const objects: Tree = {};
  let diagnostics = "";
  for (const [i, command] of commands.entries()) {
    progress(`compiling ${command[command.indexOf("-c") + 1]}`);
    const run = await runTool(command, { ...tree, kasan: { ...(tree.kasan as Tree), out: {} } });
    diagnostics += run.errors;
    if (!run.files) throw new GuestError("COMPILE_FAILED", "the C code does not compile", diagnostics);
    objects[`${i}.o`] = ((run.files.kasan as Tree).out as Tree)[`${i}.o`] as Uint8Array;
  }
  progress("linking");
  const link = await runTool(linkArguments(Object.keys(objects), "module.wasm"), objects);
  if (!link.files) throw new GuestError("COMPILE_FAILED", "the objects do not link", diagnostics + link.errors);
  return { wasm: link.files["module.wasm"] as Uint8Array, diagnostics: diagnostics + link.errors };
}

/** Runs one of LLVM's tools in this process. `files` is undefined if it failed. */
export async function runTool(
  command: string[],
  files: Tree,
): Promise<{ files: Tree | undefined; output: string; errors: string }> {
  const collect = () => {
    const decoder = new TextDecoder();
    let text = "";
    return {
      write: (bytes: Uint8Array | null) => {
        if (bytes) text += decoder.decode(bytes, { stream: true });
      },
      text: () => text,
    };
  };
  const output = collect();
  const errors = collect();
  const streams = { stdout: output.write, stderr: errors.write, fetchProgress: () => {} };
  try {
    const result = (await runLLVM(command, files, streams)) as Tree;
    return { files: result, output: output.text(), errors: errors.text() };
  } catch (error) {
    if (errors.text() === "" && !(error instanceof Error && error.constructor.name === "Exit")) {
      return { files: undefined, output: "", errors: `${command[0]} broke down: ${(error as Error).message}\n` };
    }
    return { files: undefined, output: output.text(), errors: errors.text() };
  }
}
