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

/** What a look at something says of it. */
type Look = Omit<Finding, "what">;
const ok = (told: string): Look => ({ state: "ok", told });
const absent = (told: string): Look => ({ state: "absent", told });
const bad = (told: string): Look => ({ state: "bad", told });

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

async function node(): Promise<Look> {
  const least = ownPackage.engines.node.replace(">=", "");
  const { node: version } = process.versions;
  return isAtLeast(version, least) ? ok(version) : bad(`${version} is too old: ${least} or later is needed`);
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
const compiler = (): Promise<Look> =>
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
      const ran = "a module was compiled and run, and KASAN";
      return reports[0]?.bugType === "slab-out-of-bounds"
        ? ok(`${ran} found its bug, in ${duration(performance.now() - began)}`)
        : bad(`${ran} did not find its bug`);
    } catch (error) {
      const isAbsent = error instanceof GuestError && error.code === "NO_COMPILER";
      return (isAbsent ? absent : bad)((error as Error).message);
    }
  });

const database = (): Promise<Look> =>
  inScratch(async (folder) => {
    try {
      new TriageDatabase(join(folder, "triage.db")).close();
      return ok("triage can keep what it reads");
    } catch (error) {
      const isAbsent = error instanceof KasanError && error.code === "DATABASE_MISSING";
      return (isAbsent ? absent : bad)((error as Error).message);
    }
  });

async function cache(): Promise<Look> {
  const folder = cacheFolder();
  try {
    await checkWritable(join(folder, "doctor"));
    return ok(folder);
  } catch {
    return absent(
      `${folder} cannot be written, so that every run compiles again; KASAN_CACHE_DIR names another folder`,
    );
  }
}

/** A program that others bring. */
async function program(name: string, use: string): Promise<Look> {
  try {
    const { stdout } = await promisify(execFile)(name, ["--version"], { timeout: 10_000 });
    return ok(`${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? "of some version"}: ${use}`);
  } catch {
    return absent(use);
  }
}

/** How each thing that commands need is looked at, in the order in which it is told. */
const LOOKS: Readonly<Record<string, (what: string) => Promise<Look>>> = {
  "Node.js": node,
  "clang and the machine": compiler,
  "cache of compiled modules": cache,
  libsql: database,
  "llvm-symbolizer": (name) => program(name, "explain --vmlinux adds source lines with it"),
  git: (name) => program(name, "triage reads archives of mailing lists with it"),
};

/** Looks at all that commands need. @param trying - told what comes next */
export async function lookAtAll(trying: (what: string) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [what, look] of Object.entries(LOOKS)) {
    trying(what);
    findings.push({ what, ...(await look(what)) });
  }
  return findings;
}
