import { describe, expect, test } from "vitest";
import { crashType } from "./crash-type.ts";
import { sanitizeTitle } from "./sanitize.ts";
import { SKIPPED_FRAMES } from "./skip-frames.ts";
import { isSkippedFrame, nameCrash } from "./title.ts";

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

test("types go by the title's beginning", () => {
  expect(crashType("KASAN: slab-use-after-free Write in f")).toBe("KASAN-USE-AFTER-FREE-WRITE");
  expect(crashType("KASAN: brand-new Read in f")).toBe("KASAN-UNKNOWN");
  expect(crashType("something else")).toBe("UNKNOWN");
});

test("every group of functions that are passed over has a reason, and every pattern compiles", () => {
  for (const { reason, patterns } of SKIPPED_FRAMES) {
    expect(reason).not.toBe("");
    for (const pattern of patterns) expect(() => new RegExp(pattern)).not.toThrow();
  }
  expect(isSkippedFrame("kasan_report")).toBe(true);
  expect(isSkippedFrame("ext4_readdir")).toBe(false);
});
