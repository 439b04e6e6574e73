import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURE_FOLDER, LIBRARY_FOLDER } from "../compile/files.ts";
import { ARCHITECTURE_ROOT, LIBRARY_ROOT } from "./headers.ts";
import { SymbolIndex } from "./symbol-index.ts";

/**
 * Files of the part of the kernel that comes with this package ({@link LIBRARY_FOLDER}) which are compiled against a kernel's headers as
 * well as against ours: what the machine does in its own way, and what tells the machine about tests.
 */
const SHARED = [
  "int128.c",
  "kunit/executor.c",
  "kunit/kasan.c",
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

/** Files of a kernel's source that are never pulled in: the machine, or the code of {@link SHARED}, does in its own way what they do. */
const REPLACED =
  /^(?:mm\/(?:util|slub|slab_common|page_alloc|vmalloc|percpu|memblock|mm_init|memory|mmap|nommu|swap|vmscan|oom_kill|kasan\/.*)\.c|kernel\/(?:fork|exit|kthread|workqueue|signal|cpu|smp|softirq|panic|sys|reboot|stacktrace|sched\/.*|printk\/.*|rcu\/(?!sync\.).*|time\/(?:timer|hrtimer|timekeeping|tick-.*|clocksource|clockevents)|irq\/.*|module\/.*|entry\/.*)\.c|init\/.*|lib\/(?:vsprintf|kobject_uevent|dump_stack|kunit\/(?:test|executor|try-catch|hooks|debugfs|user_alloc))\.c)$/;

/** Whether a file of a kernel's source must not be pulled in. `path`: relative to the top of the source. */
export const isReplaced = (path: string): boolean => REPLACED.test(path);

/** The architecture's own code, and the files that this package's two parts of the kernel share: texts by path, as clang sees it. */
function ownTexts(): Map<string, string> {
  const read = (root: string, folder: string, name: string) =>
    [`${root}/${name}`, readFileSync(join(folder, name), "utf8")] as const;
  const folder = join(ARCHITECTURE_FOLDER, "lib");
  const names = readdirSync(folder).filter((name) => name.endsWith(".c") && name !== "module.mod.c");
  return new Map([
    ...names.sort().map((name) => read(`${ARCHITECTURE_ROOT}/lib`, folder, name)),
    ...SHARED.map((name) => read(LIBRARY_ROOT, LIBRARY_FOLDER, name)),
  ]);
}

/** `#include "kernel/….c"`: a file of a kernel's source that is compiled as part of one of ours. */
const PART = /^#include "([^"]+\.c)"/gm;

/** What our code defines, and which of our files have files of a kernel's source in them. */
interface Own {
  readonly index: SymbolIndex;
  readonly parts: ReadonlyMap<string, string>;
}
let own: Own | undefined;

function indexOwn(): Own {
  const texts = ownTexts();
  const parts = [...texts].flatMap(([path, text]) => [...text.matchAll(PART)].map(([, part]) => [part, path] as const));
  return { index: SymbolIndex.of(texts), parts: new Map(parts) };
}

/** Our files that may define a symbol. */
export async function ownFiles(symbol: string, tree: () => Promise<SymbolIndex>): Promise<string[]> {
  own ??= indexOwn();
  const { index, parts } = own;
  const direct = index.find(symbol).map(({ path }) => path);
  if (direct.length > 0) return direct;
  return (await tree()).find(symbol).flatMap(({ path }) => parts.get(path) ?? []);
}
