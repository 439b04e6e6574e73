import { expect, test } from "vitest";
import { MACHINE } from "../../test/models.ts";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { machine } from "./machine.ts";

const task = { comm: "a b", pid: 7 };

test("what is printed is read", () => {
  const where = { ...MACHINE, uid: 5, taint: ["BAD_PAGE", "TEST"] as const, hardware: "QEMU PC" };
  const texts = textsOf(machine.print?.({ machine: where, task }, styleOfVersion(6, 12)));
  expect(texts).toHaveLength(3);
  expect(readLines(texts)).toMatchObject({
    fields: { machine: where, task },
    roles: ["machine", "machine", "machine"],
  });
});

test("the letters of taint can come in any order", () => {
  const { fields } = readLines(["CPU: 1 PID: 7 Comm: a Tainted: WBG 5.10.0 #1"]);
  expect(fields.machine?.taint).toEqual(["BAD_PAGE", "WARN"]);
});

test("the task is read even from a line that was cut off", () => {
  const { fields, roles } = readLines(["CPU: 1 UID: 0 PID: 7 Comm: a Not tai", "Workqueue: events f"]);
  expect(fields).toMatchObject({ task: { comm: "a", pid: 7 }, workqueue: "events f" });
  expect(fields.machine).toEqual({ cpu: 1, taint: [], build: "" });
  expect(roles).toEqual(["machine", "machine"]);
});

test("JSON of a run names the CPU alone", () => {
  const to = { style: styleOfVersion(6, 12) };
  expect(machine.json?.({ machine: MACHINE }, { ...to, for: "run" })).toEqual({ cpu: 0 });
  expect(machine.json?.({ machine: MACHINE }, { ...to, for: "explain" })).toMatchObject({ release: MACHINE.release });
});

test.each([
  [
    "CPU: 1 UID: 0 PID: 5024 Comm: syz-executor Not tainted syzkaller #0 PREEMPT(full) ",
    "syz-executor",
    5024,
    "syzkaller",
    "#0",
  ],
  ["CPU: 3 PID: 7 Comm: a b/c:2 Kdump: loaded Tainted: G    B   5.10.0-8 #1 Debian", "a b/c:2", 7, "5.10.0-8", "#1"],
  ["CPU: 2 UID: 0 PID: 9 Comm: kworker/2:0", "kworker/2:0", 9, undefined, ""],
  ["CPU: 2 UID: 0 PID: 9", undefined, undefined, undefined, ""],
])("%j", (line, comm, pid, release, build) => {
  const { fields } = readLines([line]);
  expect(fields.task).toEqual(comm && { comm, pid });
  expect([fields.machine?.cpu, fields.machine?.release, fields.machine?.build]).toEqual([
    Number(line[5]),
    release,
    build,
  ]);
});
