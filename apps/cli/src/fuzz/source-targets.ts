import { readFile } from "node:fs/promises";
import { GuestError } from "@kasan/guest";
import { fileReason } from "@kasan/shadow";

/** A fuzz target, as a source file defines it. */
export interface SourceTarget {
  /** Its name, as `--target` has it. */
  readonly name: string;
  /** The file. */
  readonly file: string;
  /** The line that it begins on, from 1 on. */
  readonly line: number;
  /** Whether an `#if` around it may leave it out. */
  readonly conditional: boolean;
}

/** A module of a Makefile, or WebAssembly: no source. */
const NO_SOURCE = /(?:^|[\\/])(?:Makefile|Kbuild)(?::[^\\/]*)?$|\.(?:wasm|ko)$/;
/** KFuzzTest's macros, and a definition of libFuzzer's function. */
const TARGET =
  /^[ \t]*FUZZ_TEST(?:_SIMPLE)?\s*\(\s*([A-Za-z_]\w*)|^[^#\n]*\b(LLVMFuzzerTestOneInput)\s*\([^;{}()]*\)\s*\{/gm;
/** Comments, and texts in quotes, which may have what looks like a comment. */
const NO_CODE = /\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/g;

/** C without its comments and texts. Lines and columns stay what they are. */
export const codeOf = (source: string): string => source.replace(NO_CODE, (text) => text.replace(/[^\n]/g, " "));

/** The targets that a source file defines, in order. */
function targetsOfSource(file: string, source: string): SourceTarget[] {
  const code = codeOf(source);
  return [...code.matchAll(TARGET)].map(({ 1: name, 2: libFuzzer, index }) => {
    const before = code.slice(0, index);
    const start = code.slice(index).search(/\S/) + index;
    const opened = before.match(/^[ \t]*#[ \t]*if/gm)?.length ?? 0;
    const closed = before.match(/^[ \t]*#[ \t]*endif/gm)?.length ?? 0;
    return {
      name: name ?? libFuzzer,
      file,
      line: code.slice(0, start).split("\n").length,
      conditional: opened > closed,
    };
  });
}

/**
 * The targets that source files define, in order. What files include, and modules of Makefiles, are not looked at.
 *
 * @throws GuestError `BAD_INPUT` for a file that cannot be read, and for two targets of the same name
 */
export async function sourceTargets(files: readonly string[]): Promise<SourceTarget[]> {
  const targets: SourceTarget[] = [];
  for (const file of files) {
    if (NO_SOURCE.test(file)) continue;
    const source = await readFile(file, "utf8").catch((error: unknown) => {
      throw new GuestError("BAD_INPUT", `${file} cannot be read: ${fileReason(error)}`);
    });
    targets.push(...targetsOfSource(file, source));
  }
  refuseTwins(targets);
  return targets;
}

/** Two targets of the same name, one of which no `#if` can leave out, cannot be told apart. */
function refuseTwins(targets: readonly SourceTarget[]): void {
  for (const [index, twin] of targets.entries()) {
    const first = targets.slice(0, index).find(({ name }) => name === twin.name);
    if (!first || (first.conditional && twin.conditional)) continue;
    throw new GuestError(
      "BAD_INPUT",
      `two fuzz targets are named ${twin.name}: at ${first.file}:${first.line} and ${twin.file}:${twin.line}`,
    );
  }
}
