import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ParsedReport, parseLog } from "../parse/index.ts";
import { explainReport, explainText } from "./index.ts";

/** A report in parts, each of which a case can leave out or replace. */
interface Parts {
  readonly title?: string;
  readonly access?: string;
  readonly machine?: string;
  readonly trace?: string;
  readonly more?: string;
  readonly memory?: string;
}

const TRACE = "dump_stack+0x1/0x2 kasan_report+0x1/0x2 f+0x5a/0x80 g+0x10/0x20 process_one_work+0x1/0x2";

function log({
  title = "slab-use-after-free in f+0x5a/0x80",
  access = "Read of size 8 at addr ffff888000001018 by task t/7",
  machine = "CPU: 0 PID: 7 Comm: t Not tainted 6.12.0 #1",
  trace = TRACE,
  more = "",
  memory = "",
}: Parts): ParsedReport {
  const lines = [
    "=".repeat(66),
    `BUG: KASAN: ${title}`,
    access,
    "",
    machine,
    "Call Trace:",
    ...frames(trace),
    "",
    ...more.split("\n").map((line) => line.replace(/^ {6}/, "")),
    "",
    ...(memory === "" ? [] : ["Memory state around the buggy address:", ...memory.trim().split("\n")]),
    "=".repeat(66),
  ];
  return parseLog(lines.join("\n")).reports[0]!;
}

const frames = (names: string) => names.split(" ").map((name) => ` ${name.replaceAll("~", " ")}`);
const stack = (title: string, names: string) => [`${title}:`, ...frames(names), "", ""].join("\n");
const allocated = stack("Allocated by task 5", "kasan_save_stack+0x1/0x2 __kmalloc+0x1/0x2 make+0x1/0x2");
const freed = (names: string, task = 9) =>
  stack(`Freed by task ${task}`, `kasan_save_stack+0x1/0x2 kfree+0x1/0x2 ${names}`);
const object = (located: string, region: string, cache = "kmalloc-128", size = 128) =>
  [
    "The buggy address belongs to the object at ffff888000001000",
    ` which belongs to the cache ${cache} of size ${size}`,
    `The buggy address is located ${located} of`,
    ` ${region} [ffff888000001000, ffff888000001080)`,
    "",
  ].join("\n");
const FREED_OBJECT = object("24 bytes inside", "freed 128-byte region");

/** A row of shadow: `00*15 03`. */
function row(address: string, bytes: string, guilty = false): string {
  const all = bytes.split(" ").flatMap((byte) => Array<string>(Number(byte.split("*")[1] ?? 1)).fill(byte.slice(0, 2)));
  return `${guilty ? ">" : " "}${address}: ${all.join(" ")}`;
}

/** Everything that is said of a report. */
function wordsOf(report: ParsedReport): string {
  const { summary, story, mistake, unknown } = explainReport(report);
  return [...summary, ...story, mistake, ...unknown].join("\n");
}

const RCU_CORE = "rcu_do_batch+0x1/0x2 rcu_core+0x1/0x2 handle_softirqs+0x1/0x2 irq_exit_rcu+0x1/0x2";
const OLD_AUX = stack(
  "Last potentially related work creation",
  "kasan_save_stack+0x1/0x2 __kasan_record_aux_stack+0x1/0x2 call_rcu+0x1/0x2 old_user+0x1/0x2",
);
const uaf = (parts: Partial<Parts> & { free?: string; task?: number; aux?: string }) =>
  log({
    more: allocated + freed(parts.free ?? "drop+0x1/0x2", parts.task) + (parts.aux ?? "") + FREED_OBJECT,
    ...parts,
  });
const GENERIC_ROWS = (partial: string) =>
  [
    row("ffff888000000f80", "fc*16"),
    row("ffff888000001000", `00*15 ${partial}`, true),
    row("ffff888000001080", "fc*16"),
  ].join("\n");
const oob = (parts: Partial<Parts>) =>
  log({
    title: "slab-out-of-bounds in f+0x5a/0x80",
    more: allocated + object("123 bytes inside", "128-byte region"),
    memory: GENERIC_ROWS("03"),
    access: "Write of size 1 at addr ffff88800000107b by task t/7",
    machine: "CPU: 0 PID: 7 Comm: t Not tainted 5.15.0 #1",
    ...parts,
  });
const onStack = (parts: Partial<Parts>) =>
  log({
    title: "stack-out-of-bounds in f+0x5a/0x80",
    access: "Read of size 8 at addr ffff888000001050 by task t/7",
    more: [
      "The buggy address belongs to stack of task t/7",
      " and is located at offset 32 in frame:",
      " g+0x0/0x20",
      "",
      "This frame has 2 objects:",
      " [32, 36) 'mask'",
      " [48, 80) 'name'",
      "",
    ].join("\n"),
    memory: row("ffff888000001000", "00*6 f1*4 04 f2 00*4", true),
    ...parts,
  });
const fault = (lines: string) =>
  parseLog(
    `${lines}\nCPU: 0 PID: 7 Comm: t Not tainted 6.12.0 #1\nRIP: 0010:f+0x1/0x2\nCall Trace:\n g+0x1/0x2\n h+0x1/0x2\n---[ end trace 0000000000000000 ]---\n`,
  ).reports[0]!;
const badFree = (parts: Partial<Parts>) =>
  log({
    title: "double-free or invalid-free in f+0x5a/0x80",
    access: "",
    machine: "CPU: 0 PID: 7 Comm: t Not tainted 5.15.0 #1",
    more: allocated + freed("drop+0x1/0x2") + object("0 bytes inside", "128-byte region"),
    memory: row("ffff888000001000", "fa fb*15", true),
    ...parts,
  });
const vmalloc = (more: string, rows: string, access = "Write of size 8 at addr ffffc90000001000 by task t/7") =>
  log({ title: "vmalloc-out-of-bounds in f+0x5a/0x80", access, more, memory: rows });
const MAPPING =
  "The buggy address belongs to a 2-page vmalloc region starting at 0xffffc90000001000 allocated at maker+0x1/0x2\n";

const tagged = (memory: string) =>
  log({
    title: "invalid-access in f+0x5a/0x80",
    access: `Read of size 8 at addr f4ff888000001018 by task t/7\nPointer tag: [f4], memory tag: [${memory}]`,
    more: allocated + freed("drop+0x1/0x2") + object("24 bytes inside", "128-byte region"),
  });

/** A sentence, or the kind of it, with reports of which it must be said, and others of which it must not. */
interface Claim {
  readonly says: RegExp;
  readonly of?: Readonly<Record<string, ParsedReport>>;
  readonly notOf?: Readonly<Record<string, ParsedReport>>;
}

const RCU_FREE = `done+0x1/0x2 ${RCU_CORE}`;
const CLAIMS: Readonly<Record<string, Claim>> = {
  "RCU freed the object": {
    says: /RCU freed the object after a grace period/,
    of: {
      "its callback did": uaf({ free: RCU_FREE }),
      "kfree_rcu did": uaf({ free: `kvfree_rcu_bulk+0x1/0x2 kfree_rcu_work+0x1/0x2 process_one_work+0x1/0x2` }),
    },
    notOf: {
      "an old record of call_rcu": uaf({ aux: OLD_AUX }),
      "a function of that name": uaf({ free: "rcu_user_close+0x1/0x2" }),
    },
  },
  "who freed it in RCU": {
    says: /^Freed .*, by RCU after a grace period, in the callback done\b/m,
    of: { "the callback": uaf({ free: RCU_FREE }) },
    notOf: { "a plain free": uaf({}) },
  },
  "tasks of a free": {
    says: /One task freed the object|The same task freed/,
    of: { "two tasks": uaf({ trace: "kasan_report+0x1/0x2 f+0x5a/0x80 other+0x1/0x2" }) },
    notOf: {
      "a record that was never written": uaf({
        more: `${allocated}Freed by task 0:\n(stack is not available)\n\n${FREED_OBJECT}`,
      }),
    },
  },
  "RCU's machinery is nobody": {
    says: /in handle_softirqs|in rcu_core|in rcu_do_batch/,
    notOf: { "a free by RCU": uaf({ free: RCU_CORE }) },
  },
  "queued work is just perhaps related": {
    says: /^Perhaps related, the last record: an RCU callback was queued by old_user\.$/m,
    of: { "an auxiliary stack": uaf({ aux: OLD_AUX }) },
    notOf: { none: uaf({}) },
  },
  "one function freed and used it": {
    says: /^g both freed the object and used it .*the free at \+0x8, the use at \+0x10/m,
    of: { "the same task": uaf({ free: "put+0x1/0x2 g+0x8/0x20 process_one_work+0x1/0x2", task: 7 }) },
    notOf: { "another task": uaf({ free: "put+0x1/0x2 g+0x8/0x20" }), "another function": uaf({ task: 7 }) },
  },
  "a timer used it": {
    says: /A timer or tasklet used/,
    of: {
      "the timer's function": uaf({
        trace: "kasan_report+0x1/0x2 f+0x5a/0x80 call_timer_fn+0x1/0x2 run_timer_softirq+0x1/0x2",
      }),
    },
    notOf: {
      "a system call about timers": uaf({
        trace: "kasan_report+0x1/0x2 f+0x5a/0x80 __x64_sys_timer_settime+0x1/0x2 do_syscall_64+0x1/0x2",
      }),
      "a function that dropped it twice": uaf({
        trace: "kasan_report+0x1/0x2 f+0x5a/0x80 run+0x9/0x10 kthread+0x1/0x2",
        free: "drop+0x1/0x2 run+0x4/0x10 kthread+0x1/0x2",
        task: 7,
      }),
    },
  },
  "work used it": {
    says: /Work used the object after another task had freed it/,
    of: { "the work's function": uaf({}) },
    notOf: {
      "the same worker freed it": uaf({ task: 7 }),
      "something deep below a worker": uaf({
        trace: `kasan_report+0x1/0x2 f+0x5a/0x80 ${["a", "b", "c", "d"].map((name) => `${name}+0x1/0x2`).join(" ")} process_one_work+0x1/0x2`,
      }),
    },
  },
  "another task freed it": {
    says: /another task than the one that used it/,
    of: { "two tasks": uaf({}) },
    notOf: {
      "one task": uaf({ task: 7 }),
      "an interrupt, which has no task": uaf({ free: `done+0x1/0x2 __do_softirq+0x1/0x2` }),
    },
  },
  "an interrupt made the access": {
    says: /in an interrupt while task t \(pid 7\) ran/,
    of: { "a later half": uaf({ trace: "kasan_report+0x1/0x2 f+0x5a/0x80 __do_softirq+0x1/0x2 irq_exit+0x1/0x2" }) },
    notOf: {
      "its thread": uaf({ trace: "kasan_report+0x1/0x2 f+0x5a/0x80 handle_softirqs+0x1/0x2 run_ksoftirqd+0x1/0x2" }),
      "a task": uaf({}),
    },
  },
  "which task made the access": {
    says: /run by task t \(pid 7\)|another task than|^(?:One|The same) task/m,
    notOf: { "no trace": uaf({ trace: "" }) },
  },
  "what was asked for, from the shadow": {
    says: /right behind the 123 bytes that were asked for \(an object of the cache kmalloc-128 has 128\), as the shadow shows/,
    of: { "before 6.4": oob({}) },
    notOf: { "no rows": oob({ memory: "" }), "other rows": oob({ memory: GENERIC_ROWS("05") }) },
  },
  "what was asked for, from the words": {
    says: /right behind the 128 bytes that were asked for from the cache kmalloc-128;/,
    of: {
      "since 6.4": oob({
        more: allocated + object("0 bytes to the right", "allocated 128-byte region"),
        access: "Write of size 1 at addr ffff888000001080 by task t/7",
        memory: GENERIC_ROWS("00"),
      }),
    },
    notOf: { "before 6.4": oob({}) },
  },
  "the distance, with the words of 4.7 to 4.11": {
    says: /5 bytes behind the end of the 123 bytes that were asked for/,
    of: {
      "no region": oob({
        title: "slab-out-of-bounds in f+0x5a/0x80 at addr ffff888000001080",
        access: "Write of size 1 by task t/7",
        machine: "CPU: 0 PID: 7 Comm: t Not tainted 4.9.0 #1",
        more: "Object at ffff888000001000, in cache kmalloc-128 size: 128\nAllocated:\nPID = 5\n make+0x1/0x2\nObject allocated with size 123 bytes.\n",
        memory: "",
      }),
    },
  },
  "partly outside": {
    says: /begins inside the object and ends outside|past the end/,
    of: { "an access over the end": oob({ access: "Write of size 8 at addr ffff888000001078 by task t/7" }) },
    notOf: {
      "an access behind the end, in the slot": oob({}),
      "an access before it": oob({ access: "Write of size 1 at addr ffff888000000ff8 by task t/7" }),
    },
  },
  "nobody asked for it": {
    says: /nobody asked for/,
    of: { "in the slot, without rows": oob({ memory: "" }) },
    notOf: {
      "behind the slot": oob({ access: "Write of size 1 at addr ffff888000001088 by task t/7", memory: "" }),
      "freed by now": oob({ memory: row("ffff888000001000", "fb*16", true) }),
    },
  },
  "an earlier life of the memory": {
    says: /^Earlier, what was at this place was freed by task 9 in drop\.$/m,
    of: {
      "of an object in use": oob({
        more: allocated + freed("drop+0x1/0x2") + object("123 bytes inside", "128-byte region"),
      }),
    },
    notOf: { "the free that the bug is about": uaf({}) },
  },
  "nobody allocated it": {
    says: /^(?:Allocated|Freed) by task 0/m,
    notOf: {
      "a record that was never written": oob({
        more: `Allocated by task 0:\n(stack is not available)\n\n${object("123 bytes inside", "128-byte region")}`,
      }),
    },
  },
  "begins in a variable": {
    says: /begins in the variable 'mask' of g, which has 4 bytes, and goes 4 bytes past its end/,
    of: { "an access over its end": onStack({}) },
    notOf: {
      "an access between two": onStack({
        access: "Read of size 4 at addr ffff888000001058 by task t/7",
        more: "The buggy address belongs to stack of task t/7\n and is located at offset 40 in frame:\n g+0x0/0x20\n\nThis frame has 2 objects:\n [32, 36) 'mask'\n [48, 80) 'name'\n",
      }),
    },
  },
  "in none of the variables": {
    says: /in none of the variables of g: 4 bytes behind the end of 'mask' and 8 bytes before 'name'/,
    of: {
      "an access between two": onStack({
        access: "Read of size 4 at addr ffff888000001058 by task t/7",
        more: "The buggy address belongs to stack of task t/7\n and is located at offset 40 in frame:\n g+0x0/0x20\n\nThis frame has 2 objects:\n [32, 36) 'mask'\n [48, 80) 'name'\n",
      }),
    },
    notOf: { "an access over its end": onStack({}) },
  },
  "begins in a variable without a name": {
    says: /begins in a variable of 4 bytes, and goes 4 bytes past the end, as the shadow shows/,
    of: { "a frame that is not listed": onStack({ more: "" }) },
    notOf: { "no rows": onStack({ more: "", memory: "" }) },
  },
  "a stack out of a slab": {
    says: /asked for/,
    notOf: { "a stack bug": onStack({ more: object("80 bytes inside", "128-byte region", "thread_stack") }) },
  },
  "a mapping's maker": {
    says: /inside of the mapping at 0xffffc90000001000 that maker made/,
    of: { "an address in it": vmalloc(MAPPING, row("ffffc90000001000", "f8*16", true)) },
    notOf: { "no mapping": vmalloc("", row("ffffc90000001000", "f8*16", true)) },
  },
  "outside of what was allocated in vmalloc space": {
    says: /outside of what was allocated/,
    notOf: {
      "an address in a mapping": vmalloc(MAPPING, row("ffffc90000001000", "f8*16", true)),
      "none known": vmalloc("", ""),
    },
  },
  "the end of what a mapping has": {
    says: /right behind the 72 bytes that may be used, as the shadow shows, of the mapping that maker made/,
    of: {
      "rows that show it": vmalloc(
        MAPPING,
        row("ffffc90000001000", "00*9 f8*7", true),
        "Write of size 8 at addr ffffc90000001048 by task t/7",
      ),
    },
  },
  "no memory has such an address": {
    says: /not one of memory that KASAN watches/,
    of: {
      "KASAN's own report": log({
        title: "wild-memory-access in f+0x5a/0x80",
        access: "Read of size 8 at addr 1fff000187518000 by task t/7",
      }),
    },
    notOf: {
      "a known address, and a hint that guesses": parseLog(
        readFileSync(new URL("../../test/hunt/19-arm64-not-in-shadow.txt", import.meta.url)),
      ).reports[0]!,
    },
  },
  "a guess is one": {
    says: /that KASAN guesses to be near .*\nIf it guesses right/,
    of: {
      maybe: fault(
        "general protection fault, probably for non-canonical address 0xf777682000003777: 0000 [#1] PREEMPT SMP KASAN\nKASAN: maybe wild-memory-access in range [0xbbbb41000001bbb8-0xbbbb41000001bbbf]",
      ),
    },
    notOf: {
      "null is none": fault(
        "general protection fault, probably for non-canonical address 0xdffffc0000000001: 0000 [#1] PREEMPT SMP KASAN\nKASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
      ),
    },
  },
  "the shadow is not what was used": {
    says: /0xdfff800000000004/,
    notOf: {
      "a fault on it": parseLog(
        "Unable to handle kernel paging request at virtual address dfff800000000004\nKASAN: null-ptr-deref in range [0x0000000000000020-0x0000000000000027]\nMem abort info:\n  CM = 0, WnR = 0, TnD = 0, TagAccess = 0\nCPU: 1 PID: 7 Comm: t Not tainted 6.15.0 #1\npc : f+0x10/0x20\nCall trace:\n f+0x10/0x20\n g+0x1/0x2\n---[ end trace 0000000000000000 ]---\n",
      ).reports[0]!,
    },
  },
  "copy_from_user is missing": {
    says: /copy_from_user/,
    of: {
      "an address that user space can have": log({
        title: "user-memory-access in f+0x5a/0x80",
        access: "Read of size 8 at addr 00007f0000001000 by task t/7",
      }),
    },
    notOf: {
      "a small one": log({
        title: "user-memory-access in f+0x5a/0x80",
        access: "Read of size 8 at addr 0000000000001c88 by task t/7",
      }),
    },
  },
  "a removed list entry": {
    says: /looks like LIST_POISON1/,
    of: {
      "its value": log({
        title: "wild-memory-access in f+0x5a/0x80",
        access: "Write of size 8 at addr dead000000000108 by task t/7",
      }),
    },
    notOf: {
      "another value": log({
        title: "wild-memory-access in f+0x5a/0x80",
        access: "Write of size 8 at addr dead4ead00000000 by task t/7",
      }),
    },
  },
  "freed a second time": {
    says: /freed the object at 0xffff888000001000 a second time\.\nIt is the start of an object/,
    of: { "by the shadow": badFree({}), "by the record": badFree({ memory: "" }) },
    notOf: {
      "inside of the object": badFree({ more: allocated + object("8 bytes inside", "128-byte region") }),
      "in use": badFree({ memory: row("ffff888000001000", "00*16", true) }),
    },
  },
  "only the start can be freed": {
    says: /8 bytes behind the start of an object/,
    of: { "inside of the object": badFree({ more: allocated + object("8 bytes inside", "128-byte region") }) },
    notOf: { "a double free": badFree({}) },
  },
  "a free is no access": {
    says: /The bad access|the access begins/,
    notOf: { "a bad free": badFree({}) },
  },
  "frames that may be stale": {
    says: /does not vouch for/,
    of: { "? ": uaf({ trace: `${TRACE} ?~h+0x1/0x2` }) },
    notOf: { none: uaf({}) },
  },
  "called by what printed the report": {
    says: /called by (?:dump_stack|kasan_report)/,
    notOf: { "a place that is not in the trace": uaf({ title: "slab-use-after-free in other+0x5a/0x80" }) },
  },
  "the tags": {
    says: /the pointer's tag is f4, the memory's fe \(freed, or a redzone\)/,
    of: {
      "of tags": log({
        title: "invalid-access in f+0x5a/0x80",
        access: "Write of size 8 at addr f4ff888000001018 by task t/7\nPointer tag: [f4], memory tag: [fe]",
      }),
    },
    notOf: { "generic mode": uaf({}) },
  },
  "the order of an allocation and a free with tags": {
    says: /^Freed by task 9 in drop: maybe in an earlier life/m,
    of: { "the memory is in use": tagged("f5") },
    notOf: { "the memory is free": tagged("fe") },
  },
  "the shadow changed": {
    says: /KASAN's shadow forbade it, but was changed/,
    of: {
      "the name without a kind of memory": log({
        title: "out-of-bounds in f+0x5a/0x80",
        memory: row("ffff888000001000", "00*16", true),
      }),
    },
    notOf: { "a name with one": oob({}) },
  },
  "a page's records": {
    says: /^The page was last freed by task 9, in vfree\.$/m,
    of: {
      "a page that was freed as such": log({
        title: "use-after-free in f+0x5a/0x80",
        more: "The buggy address belongs to the physical page:\npage: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x1\npage last free pid 9 tgid 9 stack trace:\n __free_pages+0x1/0x2\n vfree+0x1/0x2\n",
      }),
    },
    notOf: {
      "a slab's page": uaf({
        more: `${allocated}${freed("drop+0x1/0x2")}${FREED_OBJECT}The buggy address belongs to the physical page:\npage: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x1\npage last free pid 9 tgid 9 stack trace:\n __free_pages+0x1/0x2\n vfree+0x1/0x2\n`,
      }),
    },
  },
  "a negative size in hex": {
    says: /0xffffffffffffffea bytes \(-22, if it was meant as a signed number\)/,
    of: { "beyond 2^53": oob({ access: "Write of size 18446744073709551594 at addr ffff88800000107b by task t/7" }) },
    notOf: { another: oob({}) },
  },
};

describe.each(Object.entries(CLAIMS))("%s", (_, { says, of = {}, notOf = {} }) => {
  const cases = (reports: Readonly<Record<string, ParsedReport>>) => Object.entries(reports);
  test.each(cases(of))("said: %s", (_name, report) => expect(wordsOf(report)).toMatch(says));
  test.each(cases(notOf))("not said: %s", (_name, report) => expect(wordsOf(report)).not.toMatch(says));
});

describe("the picture and the rows", () => {
  const kindsAt = (report: ParsedReport, address: bigint) =>
    explainReport(report).picture!.segments.filter(({ start, end }) => start <= address && address < end);

  test("a partial granule is drawn by bytes", () => {
    const report = onStack({ more: "" });
    expect(kindsAt(report, 0xffff888000001053n)).toMatchObject([{ kind: "accessible" }]);
    expect(kindsAt(report, 0xffff888000001054n)).toMatchObject([{ kind: "redzone" }]);
  });

  test("however small the scale, the bad bytes are seen at the access", () => {
    const report = oob({
      access: "Write of size 1 at addr ffff888000001fff by task t/7",
      more:
        allocated +
        object("0 bytes to the right", "allocated 4095-byte region", "kmalloc-4k", 4096).replace("1080)", "1fff)"),
      memory: "",
    });
    const [bar, mark] = ["  [", "the access"].map((part) =>
      explainText(report)
        .split("\n")
        .find((line) => line.includes(part) && /[[^]/.test(line)),
    ) as [string, string];
    expect(bar[mark.indexOf("^")]).toBe("-");
  });

  test("variables have their names", () => {
    expect(kindsAt(onStack({}), 0xffff888000001050n)).toMatchObject([
      { kind: "variable", label: "variable 'mask', 4 bytes" },
    ]);
    expect(explainText(onStack({}))).toMatch(
      /\[32, 36\) 'mask', 4 bytes {2}<- the read begins here, and goes 4 bytes past the end/,
    );
  });

  test("f8 in a frame is a variable out of its scope, elsewhere it is vmalloc's", () => {
    const meaning = (report: ParsedReport) => explainReport(report).legend.find(({ byte }) => byte === 0xf8)?.meaning;
    expect(meaning(onStack({ more: "", memory: row("ffff888000001000", "00*6 f1*4 04 f2 f8*4", true) }))).toMatch(
      /out of scope/,
    );
    expect(meaning(vmalloc("", row("ffffc90000001000", "f8*16", true)))).toMatch(/vmalloc/);
  });

  test("the bracket is at the address, wherever the caret was moved", () => {
    const memory = [GENERIC_ROWS("03").split("\n").slice(0, 2).join("\n"), `${" ".repeat(25)}^`].join("\n");
    const text = explainText(oob({ memory }));
    expect(text).toMatch(/>ffff888000001000:.* \[03\]/);
    expect(text.match(/^ +>?[0-9a-f]{16}:.*\[/gm)).toHaveLength(1);
  });

  test("KASAN's own function is named where the title's is another", () => {
    const helper = {
      title: "slab-use-after-free in memcpy+0x1/0x2",
      trace: "kasan_report+0x1/0x2 memcpy+0x1/0x2 f+0x5a/0x80 g+0x1/0x2",
    };
    expect(explainText(uaf(helper))).toContain("KASAN itself: slab-use-after-free in memcpy+0x1/0x2");
    expect(explainText(uaf({}))).not.toContain("KASAN itself");
  });
});
