import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameIn } from "@kasan/kernel/parts";
import { ARCHITECTURE_FOLDER, LIBRARY_FOLDER } from "../compile/files.ts";
import { ARCHITECTURE_ROOT, LIBRARY_ROOT } from "./headers.ts";
import { isBefore, type KernelVersion, releaseOf, type Version } from "./kernel-tree.ts";
import { SymbolIndex } from "./symbol-index.ts";

/**
 * Files of the part of the kernel that comes with this package ({@link LIBRARY_FOLDER}) which are compiled against a kernel's headers as
 * well as against ours: what the machine does in its own way, and what tells the machine about tests.
 */
const SHARED = [
  "int128.c",
  "kasan.c",
  "kunit/executor.c",
  "kunit/kasan.c",
  "kunit/slab.c",
  "kunit/test.c",
  "kunit/try-catch.c",
  "kunit/user.c",
  "memdup_user.c",
  "percpu.c",
  "rcu.c",
  "schedule.c",
  "sprintf.c",
  "sscanf.c",
  "task.c",
  "timer.c",
  "trace.c",
  "util.c",
  "workqueue.c",
];

/** Versions of the kernel that files of ours are for, as numbers; those that are not here are for all. */
const ONLY_FOR: Readonly<Record<string, { readonly since?: Version; readonly before?: Version }>> = {
  // Before, KUnit is the source's: its tests can do no more than pass or fail.
  "kunit.c": { since: [5, 14] },
  "kunit/test.c": { since: [5, 14] },
  "kunit/try-catch.c": { since: [5, 14] },
  "kunit/user.c": { since: [5, 14] },
  // Before, tests of KASAN look for reports in a resource of theirs, not in the log.
  "kunit/kasan.c": { since: [6, 3] },
  "kunit_kasan.c": { before: [6, 3] },
  "folio.c": { since: [5, 16] },
  "init_net.c": { since: [5, 11] },
  "mm.c": { since: [6, 1] },
  // 7.0 and later have their table of algorithms elsewhere.
  "raid6.c": { before: [7, 0] },
  "mempool.c": { since: [6, 8] },
  "mempool_old.c": { before: [6, 8] },
  "reclaim.c": { since: [5, 19] },
  "sheaf.c": { since: [6, 18] },
  // Cookies for both kinds of grace period.
  "rcu_full.c": { since: [6, 1] },
};

/** Files of a kernel's source that are never pulled in: the machine, or the code of {@link SHARED}, does in its own way what they do. */
const REPLACED =
  /^(?:mm\/(?:util|sl[aou]b|slab_common|page_alloc|vmalloc|percpu|memblock|mm_init|memory|mmap|nommu|swap|vmscan|oom_kill|kasan\/.*)\.c|kernel\/(?:fork|exit|kthread|workqueue|signal|cpu|smp|softirq|panic|sys|reboot|stacktrace|sched\/.*|printk\/.*|rcu\/(?!sync\.).*|time\/(?:timer|hrtimer|timekeeping|tick-.*|clocksource|clockevents)|irq\/.*|module(?:\/.*)?|entry\/.*)\.c|init\/.*|lib\/(?:vsprintf|kobject_uevent|dump_stack|kunit\/(?:test|executor|try-catch|hooks|debugfs|user_alloc))\.c)$/;

/** Files of {@link REPLACED} that are pulled in all the same for a kernel before a version: ours need what is new in it. */
const KEPT: readonly { readonly before: Version; readonly files: RegExp }[] = [
  { before: [5, 18], files: /^kernel\/sched\/(?:wait|wait_bit|swait|completion)\.c$/ },
  { before: [5, 14], files: /^lib\/kunit\/(?:test|try-catch)\.c$/ },
];

/** Whether a file of a kernel's source must not be pulled in. `path`: relative to the top of the source. */
export const isReplaced = (path: string, version: KernelVersion): boolean =>
  REPLACED.test(path) && !KEPT.some(({ before, files }) => isBefore(version, before) && files.test(path));

/**
 * Functions that the machine has as they are since a version. For a kernel before it, our code has one that calls the machine's: it
 * takes other arguments, or its flags have other values.
 */
const SINCE: Readonly<Record<string, Version>> = {
  // Flags of caches were numbered anew in 6.9; since 6.12 it is a macro.
  kmem_cache_create: [6, 12],
};

/** Whether our code has a function for a version of the kernel, though the machine has one of that name. */
export function isOwn(symbol: string, version: KernelVersion): boolean {
  const since = SINCE[symbol];
  return since !== undefined && isBefore(version, since);
}

/** The architecture's own code, and the files that this package's two parts of the kernel share: texts by path, as clang sees it. */
function ownTexts(version: KernelVersion): Map<string, string> {
  const fits = (name: string) => {
    const { since, before } = ONLY_FOR[name] ?? {};
    return (since === undefined || !isBefore(version, since)) && (before === undefined || isBefore(version, before));
  };
  const read = (root: string, folder: string, name: string) =>
    [`${root}/${name}`, readFileSync(join(folder, name), "utf8")] as const;
  const folder = join(ARCHITECTURE_FOLDER, "lib");
  const names = readdirSync(folder).filter((name) => name.endsWith(".c") && name !== "module.mod.c");
  return new Map([
    ...names
      .filter(fits)
      .sort()
      .map((name) => read(`${ARCHITECTURE_ROOT}/lib`, folder, name)),
    ...SHARED.filter(fits).map((name) => read(LIBRARY_ROOT, LIBRARY_FOLDER, name)),
  ]);
}

/** `#include "kernel/….c"`: a file of a kernel's source that is compiled as part of one of ours. */
const PART = /^#include "([^"]+\.c)"/gm;

/** What our code defines, and which of our files have files of a kernel's source in them. */
interface Own {
  readonly index: SymbolIndex;
  readonly parts: ReadonlyMap<string, string>;
  /** Words of it that have another name in the kernel's version. */
  readonly older: ReadonlyMap<string, string>;
}
const own = new Map<string, Own>();

/** Names of functions and of structures' members. */
const WORD = /\b[a-z_]\w*/g;

function ownFor(version: KernelVersion): Own {
  const release = releaseOf(version);
  const known = own.get(release) ?? indexOwn(version);
  own.set(release, known);
  return known;
}

function indexOwn(version: KernelVersion): Own {
  const texts = ownTexts(version);
  const parts = [...texts].flatMap(([path, text]) => [...text.matchAll(PART)].map(([, part]) => [part, path] as const));
  const words = new Set([...texts.values()].flatMap((text) => text.match(WORD) ?? []));
  const release = releaseOf(version);
  const older = new Map(
    [...words].map((word) => [word, nameIn(release, word)] as const).filter(([word, name]) => word !== name),
  );
  const named = (text: string) => text.replace(WORD, (word) => older.get(word) ?? word);
  return {
    index: SymbolIndex.of(new Map([...texts].map(([path, text]) => [path, named(text)]))),
    parts: new Map(parts),
    older,
  };
}

/** A header that gives our code, which goes by the names of 6.12, those of another version. */
export const ownNames = (version: KernelVersion): string =>
  [...ownFor(version).older].map(([word, name]) => `#define ${word} ${name}\n`).join("");

/** Our files that may define a symbol of a kernel. */
export async function ownFiles(
  symbol: string,
  version: KernelVersion,
  tree: () => Promise<SymbolIndex>,
): Promise<string[]> {
  const { index, parts } = ownFor(version);
  const direct = index.find(symbol).map(({ path }) => path);
  if (direct.length > 0) return direct;
  return (await tree()).find(symbol).flatMap(({ path }) => parts.get(path) ?? []);
}
