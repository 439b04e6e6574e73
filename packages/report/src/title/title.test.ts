import { describe, expect, test } from "vitest";
import { kasanType } from "./crash-type.ts";
import { sanitizeTitle } from "./sanitize.ts";
import { SKIPPED_FRAMES } from "./skip-frames.ts";
import { announcesCrash, isSkippedFrame, nameCrash } from "./title.ts";

const report = (title: string, access: string, ...frames: string[]) => [
  title,
  access,
  "",
  "CPU: 0 PID: 1 Comm: a Not tainted 6.12.0 #1",
  "Call Trace:",
  " <TASK>",
  ...frames.map((frame) => ` ${frame}+0x1/0x20`),
  " </TASK>",
  "",
];
const name = (lines: readonly string[], context = "T1") => nameCrash({ lines, context });

describe("KASAN's reports", () => {
  test("the sanitizer, the library and the allocator are passed over", () => {
    const lines = report(
      "BUG: KASAN: slab-out-of-bounds in memcpy+0x1/0x20",
      "Write of size 8 at addr ffff888000000000 by task a/1",
      "dump_stack_lvl",
      "kasan_report",
      "memcpy",
      "kmemdup",
      "foo.isra.0",
    );
    expect(name(lines)).toEqual({
      title: "KASAN: slab-out-of-bounds Write in foo",
      altTitles: ["bad-access in foo"],
      type: "KASAN-WRITE",
      corrupted: false,
      frame: "foo",
    });
  });

  test("the function of a system call has no prefix, but alternatives that do", () => {
    const lines = report(
      "BUG: KASAN: use-after-free in __se_sys_mremap+0x1/0x20",
      "Read of size 8 at addr ffff888000000000 by task a/1",
      "__se_sys_mremap",
    );
    expect(name(lines)).toMatchObject({
      title: "KASAN: use-after-free Read in mremap",
      altTitles: [
        "KASAN: use-after-free Read in __se_sys_mremap",
        "KASAN: use-after-free Read in sys_mremap",
        "bad-access in __se_sys_mremap",
        "bad-access in mremap",
        "bad-access in sys_mremap",
      ],
    });
  });

  test("bad frees have one name in all versions", () => {
    for (const type of ["double-free", "invalid-free", "double-free or invalid-free"]) {
      const lines = report(`BUG: KASAN: ${type} in kfree+0x1/0x20`, "", "kasan_report", "kfree", "foo");
      expect(name(lines)).toMatchObject({ title: "KASAN: invalid-free in foo", type: "KASAN-INVALID-FREE" });
    }
  });

  test("a report without a frame that counts is damaged", () => {
    const lines = report(
      "BUG: KASAN: use-after-free in kfree+0x1/0x20",
      "Read of size 8 at addr 0 by task a/1",
      "kfree",
    );
    expect(name(lines)).toMatchObject({ title: "KASAN: use-after-free Read in corrupted", corrupted: true });
  });

  test("another crash's lines cut a report off, unless callers tell them apart", () => {
    const whole = report("BUG: KASAN: use-after-free in foo+0x1/0x20", "Read of size 8 at addr 0 by task a/1", "foo");
    const mixed = [...whole.slice(0, 1), "WARNING: CPU: 0 PID: 6 at net/a.c:1 bar+0x1/0x20", ...whole.slice(1)];
    expect(name(mixed, "console")?.corrupted).toBe(true);
    expect(name(mixed, "T1")).toMatchObject({ title: "KASAN: use-after-free Read in foo", corrupted: false });
  });
});

test("a crash is called after its first line", () => {
  const lines = [
    "WARNING: CPU: 1 PID: 1 at mm/slab_common.c:935 free_large_kmalloc+0x34/0x12c",
    "RIP: 0010:free_large_kmalloc+0x34/0x12c",
    "Call Trace:",
    " kfree+0x1/0x20",
    " foo+0x1/0x20",
    " bar+0x1/0x20",
    ...report("BUG: KASAN: invalid-free in kfree+0x1/0x20", "Free of addr 0 by task a/1", "foo"),
  ];
  expect(name(lines)).toMatchObject({ title: "WARNING in foo", type: "WARNING" });
});

test("what is no crash has no name", () => {
  expect(name(["hello"])).toBeUndefined();
  expect(name([])).toBeUndefined();
});

test("titles lose what changes from crash to crash", () => {
  expect(sanitizeTitle("BUG: x in ffff888012345678 by syz-executor.7 CPU#3 foo+0x1/0x2 a.c:12 pid 1,2,3")).toBe(
    "BUG: x in ADDR by syz-executor CPU foo a.c:LINE pid NUM,NUM,NUM",
  );
  expect(sanitizeTitle(`a\u0001\tb   c${"z".repeat(200)}`)).toHaveLength(117);
});

test("types of KASAN's bugs go by the title", () => {
  expect(kasanType("KASAN: slab-use-after-free Write in f")).toBe("KASAN-USE-AFTER-FREE-WRITE");
  expect(kasanType("KASAN: wild-memory-access Read")).toBe("KASAN-READ");
  expect(kasanType("KASAN: slab-out-of-bounds in f at addr ADDR")).toBe("KASAN-READ");
  expect(kasanType("KASAN: null-ptr-deref Write in f")).toBe("KASAN-NULL-POINTER-DEREFERENCE-WRITE");
  expect(kasanType("KASAN: invalid-free in f")).toBe("KASAN-INVALID-FREE");
  expect(kasanType("KASAN: brand-new Read in f")).toBe("KASAN-UNKNOWN");
});

test.each([
  [
    "BUG: unable to handle page fault for address: ffff",
    "BUG: unable to handle kernel paging request in f",
    "MEMORY_SAFETY_BUG",
  ],
  [
    "Oops: general protection fault, probably for non-canonical address 0xdf: 0000 [#1]",
    "general protection fault in f",
    "DoS",
  ],
  ["kernel BUG at lib/list_debug.c:50!", "BUG: corrupted list in f", "MEMORY_SAFETY_BUG"],
  ["BUG: KFENCE: use-after-free read in f+0x1/0x20", "KFENCE: use-after-free read in f", "KFENCE-USE-AFTER-FREE-READ"],
  ["BUG: spinlock bad magic on CPU#1, a/1", "BUG: spinlock bad magic in f", "LOCKDEP"],
  [
    "WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x20",
    "WARNING: refcount bug in f",
    "REFCOUNT_WARNING",
  ],
  [
    "WARNING: lib/refcount.c:28 at refcount_warn_saturate+0x1/0x20, CPU#0: a/1",
    "WARNING: refcount bug in f",
    "REFCOUNT_WARNING",
  ],
  ["UBSAN: array-index-out-of-bounds in a.c:1:2", "UBSAN: array-index-out-of-bounds in f", "MEMORY_SAFETY_UBSAN"],
])("%s", (first, title, type) => {
  const lines = [first, "RIP: 0010:f+0x1/0x20", "Call Trace:", " f+0x1/0x20", " g+0x1/0x20", " h+0x1/0x20", ""];
  expect(name(lines)).toMatchObject({ title, type, corrupted: false, frame: "f" });
});

test.each([
  "traps: a[12] general protection fault ip:55 sp:7f error:0 in lib.so[7f+1]",
  "INFO: lockdep is turned off.",
  "DEBUG: hello",
  "XFS (sda1): WARNING: hello",
])("%s announces no crash", (line) => {
  expect(announcesCrash(line)).toBe(false);
});

test("what a system call or a queue handed out is what a stall is named after", () => {
  const lines = ["watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", "RIP: 0010:spin+0x1/0x20", "Call Trace:"];
  const stack = [" walk+0x1/0x20", " foo_write+0x1/0x20", " vfs_write+0x1/0x20", " ksys_write+0x1/0x20", ""];
  expect(name([...lines, ...stack])).toMatchObject({ title: "BUG: soft lockup in foo_write", type: "HANG" });
});

test("every group of functions that are passed over has a reason", () => {
  for (const { reason, exact = [], prefix = [], contains = [] } of SKIPPED_FRAMES) {
    expect(reason).not.toBe("");
    for (const name of [...exact, ...prefix, ...contains]) expect(name).toMatch(/^\w{2,}$/);
  }
  expect(isSkippedFrame("kasan_report")).toBe(true);
  expect(isSkippedFrame("__rb_erase_color")).toBe(true);
  expect(isSkippedFrame("ext4_readdir")).toBe(false);
});
