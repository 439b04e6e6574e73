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
  expect(fields.machine).toBeUndefined();
  expect(roles).toEqual(["machine", "machine"]);
});

test("JSON of a run names the CPU alone", () => {
  const to = { style: styleOfVersion(6, 12) };
  expect(machine.json?.({ machine: MACHINE }, { ...to, for: "run" })).toEqual({ cpu: 0 });
  expect(machine.json?.({ machine: MACHINE }, { ...to, for: "explain" })).toMatchObject({ release: MACHINE.release });
});
