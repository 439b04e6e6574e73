import { atLeast, bugTraits, formatAddress, type KernelVersion } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "../frame.ts";
import { compact } from "../json-parts.ts";
import { COUNT, described, INTEGER, type JsonSchema, listOf, record, SOURCE_LINE, TASK, TEXT } from "../json-schema.ts";
import { BLANK, LEVEL, lines } from "../line.ts";
import { functionName, nameOf } from "../words.ts";
import { type AccessFields, harmOf, type TaskJson, type TaskRef } from "./access.ts";
import type { LineRole, Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

/** One variable of a stack frame. */
export interface FrameObject {
  /** Bytes from the frame's start to the variable. */
  readonly start: number;
  /** Bytes from the frame's start to the byte after it. */
  readonly end: number;
  /** Its name. */
  readonly name: string;
  /** The line that declares it. The kernel does not print it. */
  readonly line?: number;
}

/** The task's own stack, which the bad address is on. */
export interface StackLocation {
  /** The task that owns the stack. */
  readonly task: TaskRef;
  /** The frame around the address, if the kernel found one. */
  readonly frame?: {
    /** Bytes from the frame's start to the bad address. */
    readonly offset: number;
    /** The frame's function; its offset is 0. */
    readonly function: StackFrame;
    /** Its variables, in the order of their addresses. */
    readonly objects: readonly FrameObject[];
  };
}

/** The stack around the address. */
export interface StackLocationFields {
  /** The stack that the address is on. */
  readonly stack?: StackLocation;
}

/** A stack, and the frame on it, in JSON. */
export interface StackLocationJson {
  /** The task that owns the stack. */
  task: TaskJson;
  /** Bytes from the frame's start to the address. */
  offset?: number;
  /** The frame's function. */
  function?: string;
  /** The frame's variables. */
  objects?: FrameObjectJson[];
}

/** A variable on a stack, in JSON. */
export interface FrameObjectJson {
  /** Bytes from the frame's start to the variable. */
  start: number;
  /** Bytes from the frame's start to the byte after it. */
  end: number;
  /** Its name. */
  name: string;
  /** The line that declares it. */
  line?: number;
}

const STACK = /^The buggy address belongs to stack of task (.+)\/(\d+)/;
const OFFSET = /^and is located at offset (\d+) in frame:/;
const FRAME_OBJECT = /^\[(\d+), (\d+)\) '(.*?)(?::(\d+))?'/;
/** 5.2 … 5.17. */
const OLD_STACK = /^addr (?:0x)?([0-9a-f]{8,16}) is located in stack of task (.+)\/(\d+) at offset (\d+) in frame:/;

/** The stack that the address is on, and the frame on it (`kasan_print_address_stack_frame`). */
export const stackLocation: Section<StackLocationFields & AccessFields & TitleFields> = {
  name: "stack location",
  part: "address",

  read({ draft, frames }) {
    function startFrame(offset: number): LineRole {
      const { stack } = draft;
      if (stack) draft.stack = { ...stack, frame: { offset, function: { reliable: true }, objects: [] } };
      frames.end();
      frames.expect((place) => {
        if (draft.stack?.frame) draft.stack = { ...draft.stack, frame: { ...draft.stack.frame, function: place } };
        return "stack-location";
      });
      return "stack-location";
    }

    return {
      lines: {
        T(text) {
          if (text.startsWith("This frame has")) return "stack-location";
          const match = STACK.exec(text);
          if (match === null) return undefined;
          draft.stack ??= { task: { comm: match[1]!, pid: Number(match[2]) } };
          return "stack-location";
        },
        t: (text) => (text.startsWith("this frame has") ? "stack-location" : undefined),
        a(text) {
          const offset = OFFSET.exec(text)?.[1];
          if (offset !== undefined) return startFrame(Number(offset));
          const match = OLD_STACK.exec(text);
          if (match === null) return undefined;
          draft.stack ??= { task: { comm: match[2]!, pid: Number(match[3]) } };
          return startFrame(Number(match[4]));
        },
        "["(text) {
          const match = FRAME_OBJECT.exec(text);
          if (match === null) return undefined;
          const { stack } = draft;
          if (stack?.frame) {
            const [, start, end, name, line] = match;
            const declared = line === undefined ? {} : { line: Number(line) };
            const found: FrameObject = { start: Number(start), end: Number(end), name: name!, ...declared };
            draft.stack = { ...stack, frame: { ...stack.frame, objects: [...stack.frame.objects, found] } };
          }
          return "stack-location";
        },
      },
    };
  },

  print({ stack, access }, { version }) {
    const texts = stack === undefined ? [] : textsOf(stack, access?.address ?? 0n, version);
    return texts.length === 0 ? [] : [...lines(LEVEL.ERR, ...texts), BLANK];
  },

  json({ stack }, to): { stack?: StackLocationJson; frame?: StackLocationJson } {
    // In what `kasan explain` writes, `frame` is the guilty function.
    const found = stack && stackJson(stack);
    return to.for === "run" ? { frame: found } : { stack: found };
  },

  schema(use): Readonly<Record<string, JsonSchema>> {
    const variable = { start: COUNT, end: COUNT, name: TEXT, line: SOURCE_LINE };
    const objects = listOf(record(variable, ["start", "end", "name"]));
    const stack = described(
      "The stack that the address is on; and the frame on it, if known.",
      record({ task: TASK, offset: INTEGER, function: TEXT, objects }, ["task"]),
    );
    return use === "run" ? { frame: stack } : { stack };
  },

  why(report) {
    const { family } = bugTraits(report.bugType);
    if (family !== "stack" && family !== "alloca") return undefined;
    const frame = report.stack?.frame ? ` of ${functionName(report.stack.frame.function)}` : "";
    return `That is on the stack, but in none of the variables${frame} that may be used there${harmOf(report)}`;
  },
};

/** @param address The accessed address, which 5.2 … 5.17 repeat. */
function textsOf({ task, frame }: StackLocation, address: bigint, version: KernelVersion): string[] {
  if (!atLeast(version, 5, 2)) return [];
  const named = atLeast(version, 5, 18);
  if (!named && frame === undefined) return [];
  const who = `${task.comm}/${task.pid}`;
  const texts = named ? [`The buggy address belongs to stack of task ${who}`] : [];
  if (frame === undefined) return texts;
  const { offset, function: place, objects } = frame;
  const where = `is located ${named ? "" : `in stack of task ${who} `}at offset ${offset} in frame:`;
  return [
    ...texts,
    named ? ` and ${where}` : `addr ${formatAddress(address)} ${where}`,
    ` ${formatFrame(place)}`,
    "",
    `${named ? "This" : "this"} frame has ${objects.length} ${objects.length === 1 ? "object" : "objects"}:`,
    ...objects.map(({ start, end, name }) => ` [${start}, ${end}) '${name}'`),
  ];
}

function stackJson({ task, frame }: StackLocation): StackLocationJson {
  return compact<StackLocationJson>({
    task: { comm: task.comm, pid: task.pid },
    offset: frame?.offset,
    function: frame && nameOf(frame.function),
    objects: frame?.objects.map(({ start, end, name, line }) => compact({ start, end, name, line })),
  });
}
