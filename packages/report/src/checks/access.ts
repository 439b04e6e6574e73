import {
  type BugFamily,
  bugTraits,
  hex,
  PAGE_SIZE,
  spellAddress,
  TASK_SIZE_X86_64,
  tagOf,
  truncateAddress,
} from "@kasan/shadow";
import { shadowByteIn } from "../facts/shadow.ts";
import { type Check, hasTags, result } from "./check.ts";

/** Highest user address of any architecture with 64 bits that has KASAN: 5-level page tables. */
const USER_END = 1n << 56n;

/** Whether an address that has no shadow is of the kind that the type says. */
export const wildness: Check = (report) => {
  const { access, bugType, form } = report;
  if (access === undefined || form !== "report" || hasTags(report)) return undefined;
  const { address } = access;
  const kinds: Partial<Record<BugFamily, [boolean, string]>> = {
    null: [address < PAGE_SIZE, "below the first page's end"],
    user: [address >= PAGE_SIZE && address < USER_END, "a user address"],
    wild: [address >= TASK_SIZE_X86_64 >> 16n, "neither null nor a user address"],
  };
  const kind = kinds[bugTraits(bugType).family];
  if (kind === undefined) return undefined;
  const [ok, what] = kind;
  return result(
    report,
    "address",
    ok,
    `${spellAddress(address, report.addressBits)} is ${ok ? "" : "not "}${what}, ${ok ? "as" : "but"} the type says so`,
    "access",
  );
};

/** Whether the task is the same where it is named twice. */
export const task: Check = (report) => {
  const line = report.lines.find(({ role, raw }) => role === "machine" && raw.includes("CPU: "));
  const pid = /PID: (\d+)/.exec(line?.raw ?? "")?.[1];
  if (line === undefined || pid === undefined || report.task === undefined || report.form === "oops") return undefined;
  const ok = Number(pid) === report.task.pid;
  const message = ok
    ? `task ${pid} made the access, and runs on the CPU`
    : `task ${report.task.pid} made the access, but task ${pid} runs on the CPU: lines of two reports are mixed`;
  return { ...result(report, "task", ok, message), line: line.number };
};

/** Whether the tags are those of the pointer and of the memory, and differ. */
export const tags: Check = (report) => {
  const { access, memory } = report;
  if (access?.pointerTag === undefined || access.memoryTag === undefined) return undefined;
  const fail = (message: string) => result(report, "tags", false, message, "tags");
  if (tagOf(access.address) !== access.pointerTag) {
    return fail(
      `the pointer ${spellAddress(access.address, report.addressBits)} does not have the tag ${hex(access.pointerTag)}`,
    );
  }
  if (access.pointerTag === access.memoryTag && access.kind !== "Free") {
    return fail("the tags are equal, so that the access would have been allowed: the memory's changed since");
  }
  const shown = report.caret && memory && shadowByteIn(memory, report.caret.address);
  if (shown !== undefined && shown !== access.memoryTag) {
    return fail(`the memory's tag is ${hex(access.memoryTag)}, but ${hex(shown)} under the caret`);
  }
  return result(
    report,
    "tags",
    true,
    `the pointer's tag ${hex(access.pointerTag)} is not the memory's, ${hex(access.memoryTag)}`,
    "tags",
  );
};

/** Whether the range of the hint is that of one granule, and of the shadow that the fault names. */
export const faultRange: Check = (report) => {
  const { shadowFault, oops } = report;
  if (shadowFault?.first === undefined || shadowFault.last === undefined) return undefined;
  const bytes = shadowFault.last - shadowFault.first + 1n;
  const range = `${spellAddress(shadowFault.first, report.addressBits)} … ${spellAddress(shadowFault.last, report.addressBits)}`;
  if (bytes !== 8n && bytes !== 16n) {
    return result(
      report,
      "fault-range",
      false,
      `${range} is not one granule of shadow: ${bytes} bytes`,
      "shadow-fault",
    );
  }
  const address = /non-canonical address 0x(d[0-9a-f]{15})/.exec(oops ?? "")?.[1];
  if (address === undefined) return result(report, "fault-range", true, `${range} is one granule`, "shadow-fault");
  const first = truncateAddress((BigInt(`0x${address}`) - 0xdffffc0000000000n) << 3n);
  const ok = first === shadowFault.first;
  const message = ok
    ? `the shadow of ${range} is at the address that faulted`
    : `the shadow of ${range} is not at the address that faulted, 0x${address}`;
  return result(report, "fault-range", ok, message, "shadow-fault");
};
