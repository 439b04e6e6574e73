import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { architectures } from "@kasan/architectures";
import { Cache, cacheFolder, GuestError, PREBUILT_FOLDER, runProgram } from "@kasan/guest";
import { KasanError } from "@kasan/shadow";
import ownPackage from "../../package.json" with { type: "json" };
import { duration } from "../duration.ts";
import { checkWritable } from "../output.ts";
import { TriageDatabase } from "../triage/database.ts";

/** What was found of something that commands need. */
export interface Finding {
  /** `ok`: it is there and works. `absent`: it is not there, and only some commands need it. `bad`: it does not work. */
  readonly state: "ok" | "absent" | "bad";
  /** What it is. */
  readonly what: string;
  /** What was found, or what to do. */
  readonly told: string;
}

const finding = (state: Finding["state"], what: string, told: string): Finding => ({ state, what, told });

/** Looks at something in a folder of its own, which is removed afterwards. */
async function inScratch<T>(look: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "kasan-doctor-"));
  try {
    return await look(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether one version, `20.19.1`, is not older than another, `20.19`. */
export function isAtLeast(version: string, least: string): boolean {
  const [own, wanted] = [version, least].map((text) => text.split(".").map(Number));
  const differing = wanted!.findIndex((number, i) => own![i] !== number);
  return differing < 0 || own![differing]! > wanted![differing]!;
}

async function node(): Promise<Finding> {
  const least = ownPackage.engines.node.replace(">=", "");
  const { node: version } = process.versions;
  return isAtLeast(version, least)
    ? finding("ok", "Node.js", version)
    : finding("bad", "Node.js", `${version} is too old: ${least} or later is needed`);
}

/** A module that writes behind what it allocated. */
const BUG = `#include <linux/module.h>
#include <linux/slab.h>
static int __init bug_init(void)
{
	volatile char *p = kmalloc(100, GFP_KERNEL);

	p[100] = 1;
	kfree((void *)p);
	return 0;
}
module_init(bug_init);
`;

/** Compiles and runs a program whose bug must be found: compiler, threads, memory and machine at once. */
const compiler = (): Promise<Finding> =>
  inScratch(async (folder) => {
    const file = join(folder, "bug.c");
    await writeFile(file, BUG);
    const began = performance.now();
    try {
      const { reports } = await runProgram({
        files: [file],
        machine: { architecture: architectures.create(architectures.names[0]!) },
        cache: new Cache(join(folder, "cache"), [PREBUILT_FOLDER]),
      });
      const took = performance.now() - began;
      return reports[0]?.bugType === "slab-out-of-bounds"
        ? finding(
            "ok",
            "clang and the machine",
            `a module was compiled and run, and KASAN found its bug, in ${duration(took)}`,
          )
        : finding("bad", "clang and the machine", "a module was compiled and run, and KASAN did not find its bug");
    } catch (error) {
      const absent = error instanceof GuestError && error.code === "NO_COMPILER";
      return finding(absent ? "absent" : "bad", "clang and the machine", (error as Error).message);
    }
  });

const database = (): Promise<Finding> =>
  inScratch(async (folder) => {
    try {
      new TriageDatabase(join(folder, "triage.db")).close();
      return finding("ok", "libsql", "triage can keep what it reads");
    } catch (error) {
      const absent = error instanceof KasanError && error.code === "DATABASE_MISSING";
      return finding(absent ? "absent" : "bad", "libsql", (error as Error).message);
    }
  });

async function cache(): Promise<Finding> {
  const folder = cacheFolder();
  try {
    await checkWritable(join(folder, "doctor"));
    return finding("ok", "cache of compiled modules", folder);
  } catch {
    const told = `${folder} cannot be written, so that every run compiles again; KASAN_CACHE_DIR names another folder`;
    return finding("absent", "cache of compiled modules", told);
  }
}

/** A program that others bring. */
async function program(name: string, use: string): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)(name, ["--version"], { timeout: 10_000 });
    const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? "of some version";
    return finding("ok", name, `${version}: ${use}`);
  } catch {
    return finding("absent", name, use);
  }
}

/** All that commands need, in the order in which it is told. */
export const FINDINGS: readonly (() => Promise<Finding>)[] = [
  node,
  compiler,
  cache,
  database,
  () => program("llvm-symbolizer", "explain --vmlinux adds source lines with it"),
  () => program("git", "triage reads archives of mailing lists with it"),
];
