import { atLeast, bugTraits, DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import { type FreeReport, freeRecordOf, isBadFree } from "../facts/frees.ts";
import { accessPath, isInInterrupt, isInTask, rcuRunOf, userOf } from "../facts/stacks.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { compact, type FrameJson, frameJson } from "../json-parts.ts";
import { TRACK as TRACK_SCHEMA } from "../json-schema.ts";
import { BLANK, LEVEL, lines, type ReportLine } from "../line.ts";
import { functionName } from "../words.ts";
import type { CallTraceFields } from "./call-trace.ts";
import type { LineRole, Section, StoryEvent, Writable } from "./section.ts";

/** The allocation or the free of an object: the task, the time, the stack. */
export interface Track {
  /** The task's id. */
  readonly pid: number;
  /** Its CPU; printed, with the time, by kernels with `CONFIG_KASAN_EXTRA_INFO`. */
  readonly cpu?: number;
  /** Microseconds since boot. */
  readonly timestamp?: number;
  /** The saved stack, innermost frame first; absent if the kernel has none. */
  readonly stack?: readonly StackFrame[];
}

/** The tracks of the object. */
export interface TrackFields {
  /** The allocation of the object. */
  readonly allocated?: Track;
  /** The last free of the object. */
  readonly freed?: Track;
}

/** An allocation or a free in JSON. */
export interface TrackJson {
  /** The task's id. */
  pid: number;
  /** Its CPU. */
  cpu?: number;
  /** Seconds since boot. */
  time?: number;
  /** The saved stack, innermost frame first. */
  stack?: FrameJson[];
}

/** The tracks of the object, in JSON. */
export interface TrackFieldsJson {
  /** The allocation of the object. */
  allocated?: TrackJson;
  /** The last free of the object. */
  freed?: TrackJson;
}

const TRACK =
  /^(Allocated|Freed|allocated|freed) by task (\d+)(?: \(.*\))?(?: on cpu (\d+) at (\d+)\.(\d{1,6})s)?(?: \(.*\))?:?\s*$/;
/** Before 4.12. */
const OLD_TRACK = /^(?:Allocated|Freed|Allocation|Deallocation):$/;
const OLD_PID = /^PID = (\d+)(?:, CPU = (\d+), timestamp = (\d+))?/;
/** SLUB's own record, in its dump of an object. */
const SLUB_TRACK = /^INFO: (Allocated|Freed) in (\S+) .*pid=(-?\d+)/;

/** The tracks: the allocation and the free of the object. */
export const tracks: Section<FreeReport & CallTraceFields> = {
  name: "tracks",
  part: "address",

  read({ draft, frames }) {
    /** The track that is being read. If a log has two of a kind, the first one counts. */
    let track: Writable<Track> | undefined;
    const isOpen = () => track?.stack !== undefined && frames.current === track.stack;

    function start(allocated: boolean, begun: Writable<Track>): LineRole {
      const stack: StackFrame[] = [];
      track = begun;
      track.stack = stack;
      if (allocated) draft.allocated ??= track;
      else draft.freed ??= track;
      frames.into(stack);
      return "track";
    }

    function readTrack(text: string): LineRole | undefined {
      if (OLD_TRACK.test(text)) return start(text.startsWith("A"), { pid: 0 });
      const match = TRACK.exec(text);
      if (match === null) return undefined;
      const [, did, pid, cpu, seconds, fraction] = match;
      const timestamp = Number(seconds) * 1e6 + Number(fraction?.padEnd(6, "0"));
      return start(/^a/i.test(did!), { pid: Number(pid), ...(cpu !== undefined && { cpu: Number(cpu), timestamp }) });
    }

    return {
      lines: {
        AFaf: readTrack,
        P(text) {
          const match = OLD_PID.exec(text);
          if (match === null || !isOpen()) return undefined;
          const [, pid, cpu, timestamp] = match;
          track!.pid = Number(pid);
          if (cpu !== undefined) Object.assign(track!, { cpu: Number(cpu), timestamp: Number(timestamp) });
          return "track";
        },
        I(text) {
          const match = SLUB_TRACK.exec(text);
          return match === null ? undefined : start(match[1] === "Allocated", { pid: Number(match[3]) });
        },
        "("(text) {
          if (!text.startsWith("(stack is not available)")) return undefined;
          if (isOpen()) {
            delete track!.stack;
            frames.end();
          }
          return "track";
        },
      },
    };
  },

  print({ allocated, freed }, { version }) {
    return [
      ...(allocated ? renderTrack("Allocated", allocated, version) : []),
      ...(freed ? renderTrack("Freed", freed, version) : []),
    ];
  },

  json({ allocated, freed }): TrackFieldsJson {
    return { allocated: allocated && trackJson(allocated), freed: freed && trackJson(freed) };
  },

  schema: () => ({ allocated: TRACK_SCHEMA, freed: TRACK_SCHEMA }),

  story(report) {
    const { allocated } = report;
    const events: StoryEvent[] = freeStory(report);
    if (isKept(allocated)) events.unshift({ stage: "allocated", text: `Allocated ${trackWords(allocated)}.` });
    return events;
  },

  unknown({ bugType, freed }) {
    if (freed === undefined || bugTraits(bugType).fault !== "use-after-free") return [];
    return [
      "Whether the free or the access came too early or too late: KASAN knows the order, not what the code meant.",
    ];
  },

  stacks(report) {
    const { allocated, freed } = report;
    const isThis = freeRecordOf(report) === "this";
    return [
      { of: "allocation", title: "The allocation", frames: allocated?.stack ?? [] },
      {
        of: isThis ? "free" : "other",
        title: isThis ? "The free before it" : "A free, maybe in an earlier life of this place",
        frames: freed?.stack ?? [],
      },
    ];
  },

  mapFrames({ allocated, freed }, map) {
    return {
      ...(allocated && { allocated: mapTrack(allocated, map) }),
      ...(freed && { freed: mapTrack(freed, map) }),
    };
  },
};

/** The allocation or the free of the object, and the blank line after it (`print_track`). */
function renderTrack(
  did: "Allocated" | "Freed",
  { pid, cpu, timestamp = 0, stack }: Track,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  const saved = stack ? renderSavedStack(stack) : lines(LEVEL.ERR, "(stack is not available)");
  if (!atLeast(version, 4, 12)) return [...lines(LEVEL.ERR, `${did}:`, `PID = ${pid}`), ...saved];
  const when = cpu === undefined || !atLeast(version, 6, 8) ? "" : ` on cpu ${cpu} at ${seconds(timestamp)}s`;
  return [...lines(LEVEL.ERR, `${did} by task ${pid}${when}:`), ...saved, BLANK];
}

/** A stack from the depot, which holds reliable frames only. */
export function renderSavedStack(stack: readonly StackFrame[]): ReportLine[] {
  return lines(LEVEL.DEFAULT, ...stack.map((frame) => ` ${formatFrame(frame)}`));
}

/** Microseconds as seconds with six decimals. */
function seconds(microseconds: number): string {
  return `${Math.floor(microseconds / 1e6)}.${String(microseconds % 1e6).padStart(6, "0")}`;
}

/** An allocation or a free. */
export function trackJson({ pid, cpu, timestamp, stack }: Track): TrackJson {
  return compact<TrackJson>({
    pid,
    cpu,
    time: timestamp === undefined ? undefined : timestamp / 1e6,
    stack: stack?.map(frameJson),
  });
}

/** A track with other frames. */
export function mapTrack(track: Track, map: (frame: StackFrame, returns: boolean) => StackFrame): Track {
  return track.stack ? { ...track, stack: track.stack.map((frame) => map(frame, true)) } : track;
}

/** Whether a record says anything: KASAN prints task 0 without a stack where it never kept one. */
export function isKept(track: Track | undefined): track is Track {
  return track !== undefined && (track.pid !== 0 || track.stack !== undefined);
}

/** The free, as far as the record is of the one that the bug is about. */
function freeStory(report: FreeReport & CallTraceFields): StoryEvent[] {
  const { freed, task } = report;
  if (!isKept(freed)) return [];
  const by = trackWords(freed);
  switch (freeRecordOf(report)) {
    case "earlier":
      return [{ stage: "earlier", text: `Earlier, what was at this place was freed ${by}.` }];
    case "unknown":
      return [{ stage: "earlier", text: `Freed ${by}: maybe in an earlier life of this place.` }];
  }
  const inTasks = isInTask(freed.stack) && isInTask(accessPath(report));
  const did = isBadFree(report) ? "freed it now" : "used it";
  const other = inTasks && task && freed.pid !== task.pid ? ` - another task than the one that ${did}` : "";
  return [{ stage: "freed", text: `Freed ${by}${other}.` }];
}

/** The task, the function, the place and the time of a record. */
function trackWords({ pid, cpu, timestamp, stack }: Track): string {
  const interrupt = isInInterrupt(stack);
  const rcu = rcuRunOf(stack);
  const who = rcu ? rcu.callback : userOf(stack);
  const words = [
    interrupt ? `in an interrupt while task ${pid} ran` : `by task ${pid}`,
    ...(rcu ? ["by RCU after a grace period"] : []),
    ...(who ? [`in ${rcu ? "the callback " : ""}${functionName(who)}`] : []),
  ];
  const when = timestamp === undefined ? "" : ` at ${(timestamp / 1e6).toFixed(6)} s`;
  const place = cpu === undefined ? "" : ` on CPU ${cpu}`;
  return `${words.join(rcu || interrupt ? ", " : " ")}${place}${when}`;
}
