import type { ByteMeaning } from "@kasan/shadow";
import type { StackFrame } from "../frame.ts";
import type { Track } from "../model.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { isSkippedFrame } from "../title/title.ts";
import { likelyMistake } from "./mistake.ts";
import { legendOf, type Picture, pictureOf, shadowAt } from "./picture.ts";
import { accessSize, culprit, functionName, plural, taskName, whatItDid } from "./words.ts";

/** A report in words, for people who have not seen one before. */
export interface Explanation {
  /** What happened: two sentences. */
  readonly summary: readonly [string, string];
  /** Who did what, in the order in which it happened. */
  readonly story: readonly string[];
  /** What kind of mistake is likely. */
  readonly mistake: string;
  /** What KASAN cannot know, and the reader should not believe. */
  readonly unknown: readonly string[];
  /** The shadow bytes that the report shows, each value once. */
  readonly legend: readonly ByteMeaning[];
  /** The memory, to be drawn to scale. */
  readonly picture?: Picture;
}

/** Explains a report. */
export function explainReport(report: ParsedReport): Explanation {
  const picture = pictureOf(report);
  return {
    summary: [`${whatHappened(report)}.`, `${whyItIsWrong(report)}.`],
    story: storyOf(report),
    mistake: likelyMistake(report),
    unknown: unknownsOf(report),
    legend: legendOf(report),
    ...(picture && { picture }),
  };
}

function whatHappened(report: ParsedReport): string {
  const task = taskName(report);
  return `${culprit(report)}${task ? `, run by ${task},` : ""} ${whatItDid(report)}`;
}

function whyItIsWrong(report: ParsedReport): string {
  const { bugType, access, region, object, variable, stack, vmalloc, shadowFault, form } = report;
  if (access?.kind === "Free" || /invalid-free|double-free/.test(bugType)) {
    return /^double-free$/.test(bugType)
      ? "That object had been freed already: freeing it again corrupts the allocator's lists"
      : "That is not the start of an object that can be freed now: freeing it corrupts the allocator's lists";
  }
  if (/use-after-free/.test(bugType)) {
    const what = region ? `a ${region.size}-byte object${ofCache(object?.cache)}` : "memory";
    const harm =
      access?.kind === "Write" ? "writing there damages whoever owns it now" : "what was read can be anybody's data";
    return `That is ${what} which had been freed before, so that ${harm}`;
  }
  if (region?.side === "inside" && /invalid-access/.test(bugType)) {
    const fate = report.freed ? "it was freed since" : "it is another object's now, or was freed";
    return `That is inside of ${region.size} bytes${ofCache(object?.cache)} whose tag is not the pointer's: ${fate}`;
  }
  if (region) {
    const where = whereIn(region.side, region.distance);
    return `That is ${where} the ${region.size} bytes that were allocated${ofCache(object?.cache)}${harmOf(report)}`;
  }
  if (variable)
    return `That is outside of the global variable ${variable.symbol ?? ""} or in the gap behind it${harmOf(report)}`;
  if (/stack|alloca|scope/.test(bugType)) {
    const frame = stack?.frame ? ` of ${functionName(stack.frame.function)}` : "";
    return `That is on the stack, but in none of the variables${frame} that may be used there${harmOf(report)}`;
  }
  if (vmalloc || /vmalloc/.test(bugType))
    return `That is in vmalloc space, but outside of what was allocated there${harmOf(report)}`;
  const type = shadowFault?.type ?? bugType;
  if (/null-ptr|NULL-ptr/.test(type))
    return "Nothing is mapped there: it is a null pointer, or a field at a small offset from one";
  if (/user-memory/.test(type)) return "That address is user space's, which the kernel must not use directly";
  if (/wild/.test(type)) return "No memory of the kernel has such an address";
  if (form === "oops") return "The address was invalid, and the CPU refused it: the kernel could not go on there";
  if (/invalid-access/.test(bugType))
    return "The memory's tag is not the pointer's: it is not the memory that the pointer was made for";
  if (/bounds/.test(bugType)) return `That is outside of the memory that the code may use${harmOf(report)}`;
  return "KASAN's shadow says that this memory must not be used";
}

const ofCache = (cache: string | undefined): string => (cache ? ` from the cache ${cache}` : "");

function whereIn(side: "left" | "inside" | "right" | undefined, distance = 0): string {
  if (side === "left") return `${plural(distance, "byte")} before`;
  if (side === "right") return distance === 0 ? "right behind" : `${plural(distance, "byte")} behind the end of`;
  return "at least partly outside of";
}

function harmOf({ access }: ParsedReport): string {
  if (access === undefined) return "";
  return access.kind === "Write"
    ? ", so that whatever lies there was overwritten"
    : ", so that what was read has nothing to do with it";
}

function storyOf(report: ParsedReport): string[] {
  const { allocated, freed, aux, machine } = report;
  const story: string[] = [];
  if (allocated) story.push(`Allocated by ${trackWords(allocated)}.`);
  for (const stack of aux ?? []) {
    const who = stack.find(
      ({ symbol }) => symbol && !isSkippedFrame(symbol) && !/call_rcu|save_stack|record_aux/.test(symbol),
    );
    story.push(`Queued for later${who ? ` by ${functionName(who)}` : ""}: work or an RCU callback.`);
  }
  if (freed)
    story.push(
      `Freed by ${trackWords(freed)}${freed && report.task && freed.pid !== report.task.pid ? " - another task than the one that used it" : ""}.`,
    );
  const through = accessPath(report).slice(0, 4);
  const path = through.map((frame) => functionName(frame)).join(", called by ");
  const where = machine ? ` on CPU ${machine.cpu}, Linux ${machine.release}` : "";
  if (path !== "")
    story.push(`${report.access?.kind === "Free" ? "The bad free" : "The bad access"}${where}: ${path}.`);
  return story;
}

/** The frames of the access, without those that reported it. */
function accessPath({ callTrace, function: place }: ParsedReport): StackFrame[] {
  const sure = callTrace.filter(({ reliable, symbol }) => reliable && symbol);
  const at = sure.findIndex(({ symbol }) => symbol === place?.symbol);
  return at >= 0 ? sure.slice(at) : [...(place ? [place] : []), ...sure];
}

function trackWords({ pid, cpu, timestamp, stack }: Track): string {
  const who = stack?.find(({ symbol, module }) => symbol && (module !== undefined || !ALLOCATOR.test(symbol)));
  const when = timestamp === undefined ? "" : ` at ${(timestamp / 1e6).toFixed(6)} s`;
  const place = cpu === undefined ? "" : ` on CPU ${cpu}`;
  return `task ${pid}${who ? ` in ${functionName(who)}` : ""}${place}${when}`;
}

/** Above whoever asked the allocator. */
const ALLOCATOR =
  /^(?:save_stack|set_track|poison_|_*kasan_(?!.*(?:test|oob|uaf))|slab_|_+slab|_+k?[mzvc]*alloc(?:_|$)|k[mzvc]*alloc(?:_(?:node|noprof|trace|cache|array|large|order)\w*)?$|_+kmalloc|_+kmem|kmem_cache|_+do_k|do_slab|rcu_|tree_|kv?z?free(?:_rcu)?$|_+free|_+rcu|set_free_info|save_free_info|stack_trace_save|krealloc\w*$|_+do_krealloc)/;

function unknownsOf(report: ParsedReport): string[] {
  const { bugType, region, allocated, freed, callTrace, object, damage, corrupted } = report;
  const unknown: string[] = [];
  if (/bounds/.test(bugType)) {
    unknown.push(
      "Whether the access is too long or the object too small: KASAN sees that they do not fit, not which of them is wrong.",
    );
  }
  if (/use-after-free/.test(bugType) && freed) {
    unknown.push(
      "Whether the free or the access came too early or too late: KASAN knows the order, not what the code meant.",
    );
  }
  if (/use-after-free/.test(bugType) && object) {
    unknown.push(
      "Whether older uses of the freed object went unnoticed: KASAN keeps freed objects aside for a while only, and then they are used anew.",
    );
  }
  if (object && !allocated) unknown.push("Who allocated the object: its record was lost, or was never kept.");
  if (object && !freed && /use-after-free/.test(bugType)) unknown.push("Who freed the object: its record was lost.");
  if (region?.distance !== undefined && region.side !== "inside" && region.distance > Math.max(64, region.size)) {
    unknown.push(
      "Whether the pointer belongs to this object at all: it is the nearest one, but the access is far from it.",
    );
  }
  if (/vmalloc|wild|user-memory|null/.test(bugType) && !object) {
    unknown.push("Where the pointer came from: such an address has no record of an allocation.");
  }
  if (callTrace.some(({ reliable }) => !reliable)) {
    unknown.push(
      "Whether the frames marked with ? belong to the trace: they are addresses found on the stack, and may be stale.",
    );
  }
  if (damage || corrupted) unknown.push("What stood in the lines that are missing: the report is damaged.");
  const size = accessSize(report);
  const bad = report.access && shadowAt(report, report.access.address);
  if (size !== undefined && size > 1n && bad?.state === "accessible") {
    unknown.push("Whether the whole access was meant: its first bytes may be used, and only later ones may not.");
  }
  return unknown;
}
