import { bugTraits } from "@kasan/shadow";
import { extentOf } from "../facts/extent.ts";
import { badAddressOf, listPoisonAt, usedAddress } from "../facts/fault.ts";
import { badFreeOf, isBadFree } from "../facts/frees.ts";
import { isRaced } from "../facts/shadow.ts";
import { accessPath, isInTask, rcuRunOf, sharedFrame } from "../facts/stacks.ts";
import { frameVariables } from "../facts/variables.ts";
import type { StackFrame } from "../frame.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize, untaggedAddress } from "../sections/access.ts";
import { isKept } from "../sections/tracks.ts";
import { functionName } from "../words.ts";

/**
 * The kind of mistake that is likely behind a report: one or two sentences. What the report proves is said outright; the rest is
 * said with "maybe" or "often".
 */
export function likelyMistake(report: ParsedReport): string {
  const { bugType } = report;
  if (isBadFree(report)) return badFree(report);
  switch (bugTraits(bugType).fault) {
    case "use-after-free":
      return afterFree(report);
    case "use-after-scope":
      return "Maybe a pointer to a local variable was kept after the block that declares it had ended.";
    case "out-of-bounds":
      return outOfBounds(report);
  }
  const used = usedAddress(report);
  if (used !== undefined && listPoisonAt(used) !== undefined) {
    return "Maybe a list entry was removed twice, or a walk over a list went on from an entry that had been removed: often a lock is missing, or the walk's _safe form.";
  }
  switch (badAddressOf(report)?.kind) {
    case "null":
    case "field":
      return "Maybe a pointer is NULL that is used, or through which a field is used: often a look-up or an allocation failed and nobody checked, or the pointer is set only later or was cleared already.";
    case "user":
      return "Maybe an address of user space is used as the kernel's own, without copy_from_user or copy_to_user; or the pointer was overwritten or never set.";
    case "wild":
      return "Maybe the pointer was never set, was overwritten by something else, or was taken from memory that was freed and used anew.";
  }
  if (bugTraits(bugType).family === "tags") {
    return "The pointer's tag is not the memory's: maybe the object was freed, or the access went past its end.";
  }
  return report.form === "oops"
    ? "The report alone does not tell. Maybe a pointer was overwritten or never set: the code at the fault and the registers say which one it used."
    : "The report alone does not tell. Maybe the shadow was changed while the report was made: look at the access itself, and for a race.";
}

function badFree(report: ParsedReport): string {
  switch (badFreeOf(report)) {
    case "again":
      return "Maybe two owners each believe that they must free the object: often an error path and the cleanup that runs after it. Set the pointer to NULL where it is freed, or give the object one owner.";
    case "not-start":
      return "The pointer that was freed is not the one that the allocator returned: often it was moved on, or points to a member of the object.";
    default:
      return "Maybe the pointer is not one that the allocator returned, belongs to another kind of memory, or the object was freed before.";
  }
}

/** Runs timers and tasklets; what is above it on a stack is one. */
const TIMER = /^(?:call_timer_fn|_*run_hrtimer|_*hrtimer_run_queues|tasklet_action\w*)(?:$|\.)/;
const WORK = /^process_one_work(?:$|\.)/;
/** How far above `process_one_work` the work's own function counts as what used the object. */
const NEAR = 3;

function afterFree(report: ParsedReport): string {
  const { allocated, task } = report;
  const freed = isKept(report.freed) ? report.freed : undefined;
  const path = accessPath(report);
  const inTasks = freed !== undefined && task !== undefined && isInTask(path) && isInTask(freed.stack);
  const sameTask = inTasks && freed.pid === task.pid;
  const otherTask = inTasks && !sameTask;
  if (rcuRunOf(freed?.stack) !== undefined) {
    return "RCU freed the object after a grace period, and code that this did not wait for used it: maybe rcu_read_lock is missing, or a pointer was kept beyond it without a reference.";
  }
  const shared = sharedFrame(path, freed?.stack);
  if (sameTask && shared) return inOneFunction(shared.use, shared.free);
  const at = (pattern: RegExp) => path.findIndex(({ symbol = "" }) => pattern.test(symbol));
  if (rcuRunOf(path) !== undefined) {
    return "An RCU callback used the object after it was freed: maybe the object was freed without waiting for callbacks that were queued for it.";
  }
  if (at(TIMER) >= 0 && at(TIMER) <= NEAR) {
    return "A timer or tasklet used the object after it was freed: maybe it was not stopped, and waited for, before that.";
  }
  if (at(WORK) >= 0 && at(WORK) <= NEAR && otherTask) {
    return "Work used the object after another task had freed it: maybe it was not cancelled, and waited for, before that, or should hold a reference.";
  }
  if (otherTask) {
    return "One task freed the object and another used it after that: maybe a reference is missing, or a lock that both take.";
  }
  if (sameTask && allocated) {
    return "The same task freed the object and used it after that: maybe a pointer was kept, often on an error path or through a second name for the object.";
  }
  return "Maybe a pointer outlived what it points to: a reference is missing, or something that uses the object was not stopped before it was freed.";
}

/** Both stacks lead through one function of one task. */
function inOneFunction(use: StackFrame, free: StackFrame): string {
  const name = functionName(use);
  const offsets = use.offset !== undefined && free.offset !== undefined && use.offset !== free.offset;
  const where = offsets
    ? ` (the free at +0x${free.offset!.toString(16)}, the use at +0x${use.offset!.toString(16)})`
    : "";
  return `${name} both freed the object and used it after that, itself or by what it called, in the same task${where}: maybe one run of it drops a reference too early, or twice.`;
}

function outOfBounds(report: ParsedReport): string {
  const { access, bugType } = report;
  if (isRaced(report)) {
    return "Maybe the memory was allocated or freed by another CPU at that moment: a race between the access and the memory's owner.";
  }
  const size = accessSize(report);
  if (size !== undefined && size >= 1n << 63n) {
    return "Maybe a length became negative, and so enormous: often by a subtraction below zero, or an error code used as a size.";
  }
  const extent = extentOf(report);
  const bytes = extent?.asked ?? extent?.slot;
  if (access !== undefined && extent !== undefined && bytes !== undefined) {
    const told = aroundObject(
      untaggedAddress(access) - extent.start,
      size ?? 1n,
      BigInt(bytes),
      extent.asked !== undefined,
    );
    if (told !== undefined) return told;
  }
  if (frameVariables(report).some(({ past }) => past > 0n)) {
    return "Maybe a local variable is handed to a function that expects a larger one, or an index or a length is not checked against its size.";
  }
  const { family } = bugTraits(bugType);
  if (family === "stack") {
    return "Maybe an index into a local array is not checked, or a local variable is handed to a function that expects a larger one.";
  }
  if (family === "global") {
    return "Maybe an index into a table is not checked against its length, or the table's last entry, which should end it, is missing.";
  }
  return "Maybe an index or a length, often from outside, is not checked against the size that was allocated.";
}

/** By where the access begins, counted from the object's start. `exact`: `bytes` is what was asked for. */
function aroundObject(offset: bigint, size: bigint, bytes: bigint, exact: boolean): string | undefined {
  if (offset < 0n) {
    return "Maybe an index became negative, or a pointer was moved back too far: what it counts down to is not checked.";
  }
  if (offset < bytes) {
    if (offset + size <= bytes) return undefined;
    return "The access begins inside the object and ends outside of it: maybe more is read or written than is left, or a structure is larger than what was allocated for it.";
  }
  if (offset === bytes && exact) {
    return "The access begins right behind the object's end: maybe a loop runs once too often, the place for a final zero is missing, or a length is not checked against the size.";
  }
  if (bytes > 0n && offset - bytes > 4n * bytes) {
    return "The access lies far behind the object, which may be just the nearest one: maybe an index or a pointer is wrong altogether, rather than by one.";
  }
  return undefined;
}
