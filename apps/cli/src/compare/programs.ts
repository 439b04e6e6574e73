import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What is wrong with a program, whether or not KASAN can find it. */
export interface Expectation {
  /** The kind of bug that a report of it names; undefined: nothing is wrong. */
  readonly bug: string | undefined;
  /** Whether it is about stacks in vmalloc space, and needs them there. */
  readonly vmapStack: boolean;
}

/** A program to run under each scheme. */
export interface Program {
  /** For people. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** Its files. */
  readonly files: readonly string[];
  /** Undefined if its source does not say. */
  readonly expected: Expectation | undefined;
}

/** The programs that schemes are compared by, harmless first. */
const COMMON = [
  "in_bounds",
  "past_the_end",
  "guard_page",
  "after_vfree",
  "after_purge",
  "neighbour",
  "stack",
  "module_global",
];

/**
 * The common set of programs: each says in a comment what it does, and in lines of it what is wrong with it:
 *
 *     expect: vmalloc-out-of-bounds    the kind of bug, or nothing
 *     machine: vmap-stack              what it needs of the machine
 */
export async function commonPrograms(): Promise<Program[]> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@kasan/cli/package.json")), "programs/vmalloc");
  return Promise.all(COMMON.map((name) => describedProgram(name.replaceAll("_", " "), [join(folder, `${name}.c`)])));
}

/** A program of the user's, which may say the same in its first file. */
export async function describedProgram(name: string, files: readonly string[]): Promise<Program> {
  const text = await readFile(files[0], "utf8").catch(() => "");
  return { name, about: aboutIn(text), files, expected: expectationIn(text) };
}

function expectationIn(text: string): Expectation | undefined {
  const bug = /^ \* expect: ([a-z-]+)$/m.exec(text)?.[1];
  if (bug === undefined) return undefined;
  return { bug: bug === "nothing" ? undefined : bug, vmapStack: /^ \* machine: vmap-stack$/m.test(text) };
}

/** The text of the comment that the expectation stands in. */
function aboutIn(text: string): string {
  const comment = /\/\*\n((?: \* .*\n)+) \*\n \* expect:/.exec(text)?.[1] ?? "";
  return comment.replace(/^ \* /gm, "").trim().replaceAll("\n", " ");
}
