import { Access, Fault, type FaultReason } from "@kasan/mmu";
import { expect, test } from "vitest";
import { Cause, describeFault } from "./fault.ts";

const TASK_SIZE = 2n ** 47n;
const fault = (reason: FaultReason, access: number, vpn: number) => Object.assign(new Fault(), { reason, access, vpn });
const words = (reason: FaultReason, access: number, vpn: number, mm = false) =>
  describeFault(fault(reason, access, vpn), { mm, taskSize: TASK_SIZE });

test.each([
  ["a load", Access.READ, Cause.LOAD_PAGE],
  ["a store", Access.WRITE, Cause.STORE_PAGE],
  ["a fetch", Access.EXECUTE, Cause.INSTRUCTION_PAGE],
])("%s of a page that is not mapped", (_, access, cause) => {
  expect(words("not-present", access, 0xffff8f8000001)).toEqual({
    cause,
    lines: ["Unable to handle kernel paging request at virtual address ffff8f8000001000"],
    oops: "Oops",
  });
});

test("an address that is not canonical faults like any other", () => {
  expect(words("non-canonical", Access.READ, 0xdfffffff00000).lines).toEqual([
    "Unable to handle kernel paging request at virtual address dfffffff00000000",
  ]);
});

test("a kernel thread meets NULL; a task with user memory is told that it is user memory", () => {
  expect(words("not-present", Access.READ, 0).lines[0]).toMatch(/^Unable to handle kernel NULL pointer dereference at/);
  expect(words("not-present", Access.READ, 0, true).lines[0]).toMatch(
    /^Unable to handle kernel access to user memory without uaccess routines at virtual address 0+$/,
  );
  expect(words("not-present", Access.READ, 0xffff8f8000001, true).lines[0]).toMatch(/paging request/);
});

test.each([
  [Access.READ, "Oops - load access fault"],
  [Access.WRITE, "Oops - store (or AMO) access fault"],
  [Access.EXECUTE, "Oops - instruction access fault"],
])("memory that is not there", (access, oops) => {
  expect(words("bus", access, 0xffff8f8000001)).toMatchObject({ lines: [], oops });
});
