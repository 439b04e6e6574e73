import type { InlinedFrame, StackFrame } from "../frame.ts";
import { detached } from "./text.ts";

/** A line of a call trace, read. */
export type TraceLine =
  | { readonly kind: "frame"; readonly frame: StackFrame }
  /** A function that was merged into that of the next frame: a line of its own in logs that syzkaller symbolized. */
  | { readonly kind: "inline"; readonly inlined: InlinedFrame }
  /** 32-bit arm's: a function, and the place in its caller from which it was called. */
  | { readonly kind: "call"; readonly called: StackFrame; readonly frame: StackFrame };

const PC = String.raw`\[?<?(?:0x)?[0-9a-f]{8,16}>?\]?`;
const NAME = String.raw`[A-Za-z_.$][\w.$:~<>,]*`;
const SOURCE = String.raw`[\w./+@-]+\.(?:c|h|S|s|rs|cc|cpp|hpp|inc|lds)`;

/** `[<pc>] ? f+0x1/0x2 [module build] file.c:1:2 [inline]`, `f file.c:1 [inline]`, `f (file.c:1 file.h:2) module`. */
const FRAME = new RegExp(
  `^[ \\t]*(?:\\[<?(?:0x)?([0-9a-f]{8,16})>?\\] ?){0,2}[ \\t]*(?:\\((?=[\\w.$]+\\) from))?(\\? {1,3})?(${NAME})` +
    "(?:\\+0x([0-9a-f]{1,16})/(?:0x)?([0-9a-f]{1,16}))?(.*)$",
);
/** The whole of a frame that only has an address: ` 0xffffffffa0000000`. */
const ADDRESS_FRAME =
  /^[ \t]*(?:\[<[0-9a-f]{8,16}>\] (?=\? ?0x|0x))?(\? {1,3})?(?:\[<([0-9a-f]{8,16})>\]|0x([0-9a-f]{6,16}))[ \t]*$/;
/** arm's: `[<pc>] (f) from [<pc>] (g+0x1/0x2)`. */
const ARM_FRAME = new RegExp(
  `^[ \\t]*(?:(${PC}) )?\\(?(${NAME})\\)? from (?:(${PC}) )?\\(?(${NAME})\\+0x([0-9a-f]+)/0x([0-9a-f]+)\\)?(?: \\[([\\w-]+)[^\\]]*\\])?`,
);
const SYZ_SOURCE = new RegExp(`^ (${SOURCE}):(-?\\d+)(?::(-?\\d+))?( \\[inline\\])?[ \\t]*$`);
const DECODED_SOURCE = /^ ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)(?: \[?([\w-]+)\]?)?[ \t]*$/;
const PLACE = new RegExp(`(\\S*${SOURCE}|\\?\\?):(\\d+|\\?)(?::(\\d+))?`, "g");
const MODULE = /^ ?\[([\w-]+)(?: [0-9a-f]{16,64})?(?:[ \t](?:\(?[A-Z]+\)?))?\]/;

const MAX_KNOWN = 512;
/** Longer lines are read each time. */
const MAX_KNOWN_LENGTH = 200;
const known = new Map<string, TraceLine>();

/** Reads a line of a call trace; `undefined` for other lines. `text` has no prefixes. Equal lines can share one result. */
export function parseTraceLine(text: string): TraceLine | undefined {
  // The same frames stand below most traces of a kernel.
  const before = known.get(text);
  if (before !== undefined) return before;
  if (text.length >= MAX_KNOWN_LENGTH) return readTraceLine(text);
  const own = detached(text);
  const line = readTraceLine(own);
  if (line !== undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(own, line);
  }
  return line;
}

/** What stands behind a frame since 6.13: where it is from (`show_frame_source` in `arch/arm64/kernel/stacktrace.c`). */
const SOURCE_MARK = / \([A-Z]{1,4}\)[ \t]*$/;

function readTraceLine(whole: string): TraceLine | undefined {
  const text = whole.endsWith(")") || whole.endsWith(") ") ? whole.replace(SOURCE_MARK, "") : whole;
  const match = FRAME.exec(text);
  if (match === null) return addressFrame(text);
  const [, pc, question, symbol, offset, size, rest] = match as unknown as (string | undefined)[];
  const reliable = question === undefined && !rest!.endsWith("(unreliable)");
  if (offset === undefined) return withoutOffset(symbol!, rest!, reliable) ?? armFrame(text);
  let place = rest!;
  let module: string | undefined;
  const bracket = MODULE.exec(place);
  if (bracket !== null && bracket[1] !== "inline") {
    module = bracket[1];
    place = place.slice(bracket[0].length);
  }
  if (module === undefined) {
    // Some scripts take the brackets off.
    module = /^ ([A-Za-z]\w{1,60})[ \t]*$/.exec(place)?.[1];
    if (module !== undefined) place = "";
  }
  const source = place === "" ? undefined : sourceOf(place);
  // Written out: this runs for most lines of a log, and copying objects would take most of the time.
  const frame: { -readonly [K in keyof StackFrame]: StackFrame[K] } = {
    symbol: symbol!,
    offset: toNumber(offset),
    size: toNumber(size!),
    reliable,
  };
  if (pc !== undefined) frame.address = BigInt(`0x${pc}`);
  const holder = module ?? source?.module;
  if (holder !== undefined) frame.module = holder;
  if (source !== undefined) Object.assign(frame, source.fields);
  return { kind: "frame", frame };
}

function frameOf(base: object, module: string | undefined, reliable: boolean): StackFrame {
  return module === undefined ? { ...base, reliable } : { ...base, module, reliable };
}

/** Offsets beyond 2^53 are no offsets, but must not throw. */
const toNumber = (hex: string): number => Number.parseInt(hex, 16);

/** The text after the offset of a symbolized frame: `file.c:1`, or decode_stacktrace.sh's `(file.c:1 file.h:2) module`. */
function sourceOf(rest: string): { fields: Partial<StackFrame>; module?: string } | undefined {
  const syz = SYZ_SOURCE.exec(rest);
  if (syz !== null) return { fields: position(syz[1]!, syz[2]!, syz[3]) };
  const decoded = DECODED_SOURCE.exec(rest);
  if (decoded === null) return undefined;
  const places = [...decoded[1]!.matchAll(PLACE)].map((place) => position(place[1]!, place[2]!, place[3]));
  if (places.length === 0) return decoded[1]!.endsWith(":?") ? { fields: {} } : undefined;
  // Innermost first; only the outermost is the function that has the name.
  const outermost = places[places.length - 1]!;
  return { fields: outermost, ...(decoded[2] !== undefined && { module: decoded[2] }) };
}

/** A symbolizer that does not know the line writes 0 or -1. */
const lineOf = (digits: string): { line?: number } => (Number(digits) >= 1 ? { line: Number(digits) } : {});

function position(file: string, line: string, column?: string): Partial<StackFrame> {
  const number = Number(line);
  return {
    ...(file !== "??" && { file }),
    ...(number >= 1 && { line: number }),
    ...(column !== undefined && Number(column) >= 1 && { column: Number(column) }),
  };
}

/** `f file.c:1 [inline]`, or `f (file.c:1) module`: decode_stacktrace.sh drops the offset. */
function withoutOffset(symbol: string, rest: string, reliable: boolean): TraceLine | undefined {
  if (rest === "" || rest.charCodeAt(0) !== 32) return undefined;
  const syz = SYZ_SOURCE.exec(rest);
  if (syz?.[4] !== undefined) return { kind: "inline", inlined: { symbol, file: syz[1]!, ...lineOf(syz[2]!) } };
  if (syz !== null) return { kind: "frame", frame: { symbol, reliable, ...position(syz[1]!, syz[2]!, syz[3]) } };
  if (rest.charCodeAt(1) !== 40) return undefined;
  const source = sourceOf(rest);
  if (source === undefined) return undefined;
  return { kind: "frame", frame: { ...frameOf({ symbol }, source.module, reliable), ...source.fields } };
}

function armFrame(text: string): TraceLine | undefined {
  if (!text.includes(" from ")) return undefined;
  const match = ARM_FRAME.exec(text);
  if (match === null) return undefined;
  const [, calledPc, called, pc, caller, offset, size, module] = match;
  return {
    kind: "call",
    called: { symbol: called!, reliable: true, ...addressIn(calledPc) },
    frame: {
      symbol: caller!,
      offset: toNumber(offset!),
      size: toNumber(size!),
      reliable: true,
      ...addressIn(pc),
      ...(module !== undefined && { module }),
    },
  };
}

/** The address in `[<pc>]`. */
function addressIn(pc: string | undefined): Pick<StackFrame, "address"> {
  const digits = /[0-9a-f]{8,16}/.exec(pc ?? "")?.[0];
  return digits === undefined ? {} : { address: BigInt(`0x${digits}`) };
}

/** Whether a line is one of 32-bit arm's, which may stand without a title above them. */
export const isArmFrame = (text: string): boolean => text.includes(" from ") && ARM_FRAME.test(text);

function addressFrame(text: string): TraceLine | undefined {
  const match = ADDRESS_FRAME.exec(text);
  if (match === null) return undefined;
  return {
    kind: "frame",
    frame: { address: BigInt(`0x${match[2] ?? match[3]!}`), reliable: match[1] === undefined },
  };
}
