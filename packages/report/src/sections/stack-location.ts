import {
  atLeast,
  bugTraits,
  formatAddress,
  KASAN_STACK_LEFT,
  KASAN_STACK_MID,
  type KernelVersion,
} from "@kasan/shadow";
import { checkAccess, type ShadowContext, shadowAt, shadowByteIn } from "../facts/shadow.ts";
import { frameVariables, neighbours } from "../facts/variables.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { compact } from "../json-parts.ts";
import { COUNT, described, INTEGER, type JsonSchema, listOf, record, SOURCE_LINE, TASK, TEXT } from "../json-schema.ts";
import { BLANK, LEVEL, lines } from "../line.ts";
import { functionName, nameOf, plural } from "../words.ts";
import { type AccessFields, accessSize, harmOf, type TaskJson, type TaskRef, untaggedAddress } from "./access.ts";
import type { LineRole, Section } from "./section.ts";

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

/** The stack, and what explaining it takes. */
type StackReport = StackLocationFields & AccessFields & ShadowContext;

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
export const stackLocation: Section<StackReport> = {
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
    const { family, phase } = bugTraits(report.bugType);
    if ((family !== "stack" && family !== "alloca") || report.access === undefined) return undefined;
    return `That is on the stack${placeOnStack(report, phase === "after-scope")}${harmOf(report)}`;
  },
};

/** Where on the stack the access lies: relative to the variables if they are listed, else as the shadow shows. */
function placeOnStack(report: StackReport, ended: boolean): string {
  const { stack } = report;
  const of = stack?.frame ? ` of ${functionName(stack.frame.function)}` : "";
  const variables = frameVariables(report);
  const { firstBad } = checkAccess(report)!;
  const begun = variables.find(({ begins }) => begins);
  if (begun !== undefined) {
    const variable = `the variable '${begun.name}'${of}, which has ${plural(begun.end - begun.start, "byte")}`;
    if (ended) return `, in ${variable} and is out of its scope`;
    return begun.past > 0n
      ? `: it begins in ${variable}, and goes ${plural(begun.past, "byte")} past its end`
      : `, in ${variable}`;
  }
  if (variables.length > 0) {
    const { before, behind } = neighbours(variables, untaggedAddress(report.access!));
    const places = [
      ...(before ? [`${plural(before.gap, "byte")} behind the end of '${before.name}'`] : []),
      ...(behind ? [`${plural(behind.gap, "byte")} before '${behind.name}'`] : []),
    ];
    return `, in none of the variables${of}: ${places.join(" and ")}`;
  }
  const address = untaggedAddress(report.access!);
  if (firstBad > address) {
    const past = address + (accessSize(report) ?? 1n) - firstBad;
    const start = variableStart(report, address);
    const begin = start === undefined ? "bytes that may be used" : `a variable of ${plural(firstBad - start, "byte")}`;
    return `: it begins in ${begin}, and goes ${plural(past, "byte")} past the end, as the shadow shows`;
  }
  const meaning = shadowAt(report, firstBad);
  return meaning === undefined || meaning.state === "accessible" ? "" : `, where the shadow says: ${meaning.meaning}`;
}

/** The start of the variable around `address`, if the rows show the redzone before it: variables begin with a granule. */
function variableStart({ memory }: StackReport, address: bigint): bigint | undefined {
  if (memory?.granule !== 8) return undefined;
  let at = address - (address % 8n);
  while (shadowByteIn(memory, at - 8n) === 0) at -= 8n;
  const before = shadowByteIn(memory, at - 8n);
  return before === KASAN_STACK_LEFT || before === KASAN_STACK_MID ? at : undefined;
}

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
