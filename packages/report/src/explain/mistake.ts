import { bugTraits } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize } from "../sections/access.ts";

/** The kind of mistake that is likely behind a report: one or two sentences. */
export function likelyMistake(report: ParsedReport): string {
  const { bugType, shadowFault } = report;
  switch (bugTraits(bugType).fault) {
    case "use-after-free":
      return afterFree(report);
    case "double-free":
      return "Two paths each believe that they own the object, often an error path and the cleanup that runs after it. Set the pointer to NULL where it is freed, or give the object one owner.";
    case "invalid-free":
    case "either-free":
      return "The pointer that was freed is not one that the allocator returned: it was moved on, points into an object or to another kind of memory, or the object was freed before.";
    case "use-after-scope":
      return "A pointer to a local variable was kept after the block that declares it had ended.";
    case "out-of-bounds":
      return outOfBounds(report);
  }
  switch (bugTraits(shadowFault?.type ?? bugType).family) {
    case "null":
      return "A pointer is used that is NULL, or a field of a structure through it: a look-up or an allocation failed and nobody checked, or the pointer is set only later or was cleared already.";
    case "user":
      return "An address of user space is used as the kernel's own: copy_from_user or copy_to_user is missing, or the pointer was overwritten or never set.";
    case "wild":
      return "The pointer is garbage: never set, overwritten by something else, or taken from memory that was freed and used anew.";
    case "tags":
      return "The pointer's tag is not that of the memory: the object is another one than the pointer was made for, because it was freed, or because the access went past its end.";
    default:
      return "The shadow is damaged or changed while the report was made. Look at the access itself, and for a race.";
  }
}

function afterFree({ allocated, freed, aux, task, callTrace }: ParsedReport): string {
  const names = [...(freed?.stack ?? []), ...(aux?.flat() ?? [])].map(({ symbol }) => symbol ?? "");
  const access = callTrace.map(({ symbol }) => symbol ?? "");
  if (names.some((name) => /rcu/.test(name))) {
    return "The object was freed after an RCU grace period, and used by code that the grace period did not wait for: a missing rcu_read_lock, or a pointer kept beyond it without a reference.";
  }
  if (access.some((name) => /timer|run_timers|tasklet/.test(name))) {
    return "A timer or tasklet fired after its object was gone: it must be stopped, and waited for, before the object is freed.";
  }
  if (access.some((name) => /process_one_work|worker_thread/.test(name))) {
    return "Work ran after its object was gone: it must be cancelled, and waited for, before the object is freed, or hold a reference to it.";
  }
  if (freed && task && freed.pid !== task.pid) {
    return "One task freed the object while another still used it: a reference is missing, or a lock that both take.";
  }
  if (freed && allocated) {
    return "The same task freed the object and went on using it: a pointer was kept, often on an error path or through a second name for the object.";
  }
  return "A pointer outlived its object: a reference is missing, or something that uses the object was not stopped before it was freed.";
}

function outOfBounds(report: ParsedReport): string {
  const { region, bugType } = report;
  const size = accessSize(report);
  if (size !== undefined && size > 1n << 62n) {
    return "A length became negative, and so enormous: a subtraction below zero, or an error code used as a size.";
  }
  if (region?.side === "left") {
    return "An index became negative, or a pointer was moved back too far: what it counts down to is not checked.";
  }
  if (region?.side === "inside") {
    return "The access begins inside the object and ends outside of it: more is read or written than is left, or a structure is larger than what was allocated for it.";
  }
  if (region?.side === "right" && region.distance === 0) {
    return "The access begins right behind the object's end: a loop that runs once too often, a missing place for the final zero, or a length that is not checked against the size.";
  }
  const far = region?.distance !== undefined && region.size > 0 && region.distance > 4 * region.size;
  if (far) {
    return "The access lies far behind the object, which may be just the nearest one: an index or a pointer is wrong altogether, rather than by one.";
  }
  const { family } = bugTraits(bugType);
  if (family === "stack")
    return "An index into a local array is not checked, or a local variable is handed to a function that expects a larger one.";
  if (family === "global")
    return "An index into a table is not checked against its length, or the table's last entry, which should end it, is missing.";
  return "An index or a length, often from outside, is not checked against the size that was allocated.";
}
