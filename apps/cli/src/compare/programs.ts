import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { sourceFiles, type TreeOptions } from "@kasan/guest";

/** The bug in a program, whether or not KASAN can find it. */
export interface Expectation {
  /** The kind of bug that a report of it names; undefined: nothing is wrong. */
  readonly bug: string | undefined;
  /** Whether it is about stacks in vmalloc space, and needs them there. */
  readonly vmapStack: boolean;
  /** CPUs that it needs; 1 by default. */
  readonly cpus?: number;
}

/** A program to run under each scheme. */
export interface Program {
  /** For people. */
  readonly name: string;
  /** Describes the program in a sentence. */
  readonly about: string;
  /** Its files. */
  readonly files: readonly string[];
  /** Undefined if its source does not say. */
  readonly expected: Expectation | undefined;
}

/** The programs that schemes for the direct map's shadow are compared by, harmless first. */
const PAGES = [
  "page_cache",
  "wander",
  "slab",
  "slab_after_free",
  "kernel_page",
  "user_page",
  "neighbours",
  "reuse",
  "block",
  "into_free",
  "stale_tlb",
];

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
 *     machine: cpus 2
 */
export const commonPrograms = (): Promise<Program[]> => Promise.all(COMMON.map((name) => shipped("vmalloc", name)));

/** The set of programs for shadow of the direct map. */
export const pagePrograms = (): Promise<Program[]> => Promise.all(PAGES.map(pageProgram));

/** A program for that, by the name of its file. */
export const pageProgram = (name: string): Promise<Program> => shipped("pages", name);

function shipped(set: string, name: string): Promise<Program> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@kasan/cli/package.json")), "programs", set);
  return describedProgram(name.replaceAll("_", " "), [join(folder, `${name}.c`)]);
}

/** A program of the user's, which may say the same in its first file. `tree`: the kernel's source that it is compiled against. */
export async function describedProgram(name: string, files: readonly string[], tree?: TreeOptions): Promise<Program> {
  const [first] = await sourceFiles(files, tree);
  const text = await readFile(first, "utf8").catch(() => "");
  return { name, about: aboutIn(text), files, expected: expectationIn(text) };
}

function expectationIn(text: string): Expectation | undefined {
  const bug = /^ \* expect: ([a-z-]+)$/m.exec(text)?.[1];
  if (bug === undefined) return undefined;
  const cpus = /^ \* machine: cpus (\d+)$/m.exec(text)?.[1];
  return {
    bug: bug === "nothing" ? undefined : bug,
    vmapStack: /^ \* machine: vmap-stack$/m.test(text),
    ...(cpus !== undefined && { cpus: Number(cpus) }),
  };
}

/** The text of the comment that the expectation stands in. */
function aboutIn(text: string): string {
  const comment = /\/\*\n((?: \* .*\n)+) \*\n \* expect:/.exec(text)?.[1] ?? "";
  return comment.replace(/^ \* /gm, "").trim().replaceAll("\n", " ");
}
