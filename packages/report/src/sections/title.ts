import { atLeast, type BugType, bugTraits, bugTypeIn, formatAddress } from "@kasan/shadow";
import { formatFrame, type InlinedFrame, type StackFrame } from "../frame.ts";
import type { SourceJson } from "../json-parts.ts";
import { described, type JsonSchema, SOURCE_LINE, TEXT } from "../json-schema.ts";
import { LEVEL, lines } from "../line.ts";
import { parseTraceLine } from "../parse/frame.ts";
import { addressOf } from "../parse/values.ts";
import { nameOf } from "../words.ts";
import type { AccessFields } from "./access.ts";
import type { LineRole, Section } from "./section.ts";

/** The contents of the first line. */
export interface TitleFields {
  /** `report`: printed by KASAN. `oops`: by the fault handler of a kernel with KASAN. A report if absent. */
  readonly form?: "report" | "oops";
  /** The kernel's words: `slab-out-of-bounds`. Of an oops, its shadow fault's type, or `general-protection-fault`. */
  readonly bugType: BugType;
  /** The code that made the access. */
  readonly function?: StackFrame;
}

/** A place in the code, in JSON. */
export interface PlaceJson extends SourceJson {
  /** The function, or its address if it has no name; of an oops, where the CPU was. */
  function?: string;
  /** The module that holds it. */
  module?: string;
}

/** The contents of the first line, in JSON. */
export interface TitleJson extends PlaceJson {
  /** The kernel's words for the bug: `slab-out-of-bounds`. */
  bugType: string;
  /** The source line, in the JSON of `kasan explain`, where `line` is the log's. */
  sourceLine?: number;
}

/** The line above and below every report: 66 equals signs. */
export const RULE = "=".repeat(66);

const TITLE =
  /^BUG: KAS[Aa][Nn]: ([a-z][a-z -]{2,60}?) (?:in (.{1,400}?)(?: at addr (\S+))?|on address +(\S+))(?: by task (.*))?$/;
/** A title that was cut off, or of a later kernel. */
const TITLE_TYPE = /^BUG: KAS[Aa][Nn]: ([a-z][a-z -]{2,60}?)(?: in\b.*| on\b.*)?$/;

/** The title, and the rules around the report. */
export const title: Section<TitleFields & AccessFields> = {
  name: "title",
  part: "head",

  read(reading) {
    const { draft } = reading;
    const inlined: InlinedFrame[] = [];
    draft.bugType = draft.form === "oops" ? "general-protection-fault" : "";

    /** Symbolizers print a title for each function that was merged into the one that has an offset. */
    function setFunction(place: string): void {
      const line = parseTraceLine(place);
      if (line?.kind === "inline") inlined.push(line.inlined);
      else if (line?.kind === "frame") draft.function = { ...line.frame, ...(inlined.length > 0 && { inlined }) };
      else if (/^[\w.$]+$/.test(place)) draft.function ??= { symbol: place, reliable: true };
    }

    function readTitle(text: string): LineRole | undefined {
      if (!text.startsWith("BUG: KAS")) return undefined;
      const match = TITLE.exec(text);
      if (match === null) {
        const type = TITLE_TYPE.exec(text)?.[1];
        if (type !== undefined && draft.bugType === "") draft.bugType = type;
        return "title";
      }
      const [, type, place, at, on] = match;
      draft.bugType = hyphenated(type!);
      if (place !== undefined) setFunction(place);
      const address = addressOf(at ?? on);
      if (address !== undefined) reading.titleAddress = address;
      return "title";
    }

    return { lines: { B: readTitle, "=": readEqualsSigns } };
  },

  print({ bugType, function: place, access, asynchronous }, { version }) {
    if (asynchronous) return lines(LEVEL.ERR, `BUG: KASAN: ${bugType}`);
    const name = bugTypeIn(bugType, version);
    const where = place === undefined ? "" : ` in ${formatFrame(place)}`;
    if (atLeast(version, 4, 12)) return lines(LEVEL.ERR, `BUG: KASAN: ${name}${where}`);
    const address = formatAddress(access?.address ?? 0n);
    const word = atLeast(version, 4, 4) ? "KASAN" : "KASan";
    const what = bugTraits(bugType).fault === "no-memory" ? ` on address ${address}` : `${where} at addr ${address}`;
    return lines(LEVEL.ERR, `BUG: ${word}: ${name}${what}`);
  },

  json({ bugType, function: place }, to): TitleJson {
    if (to.for === "explain") {
      const { function: name, module, file, line } = place ? placeJson(place) : {};
      return { bugType, function: name, module, file, sourceLine: line };
    }
    return { bugType, ...(place && placeJson(place)) };
  },

  schema(use): Readonly<Record<string, JsonSchema>> {
    const place = { function: TEXT, module: TEXT, file: TEXT };
    const bug = { bugType: described("The kernel's words: `slab-out-of-bounds`.", TEXT) };
    if (use === "explain") return { ...bug, ...place, sourceLine: SOURCE_LINE };
    return { ...bug, ...place, line: SOURCE_LINE, column: SOURCE_LINE };
  },

  unknown({ bugType }) {
    // Without a kind of memory the name means that the shadow changed.
    if (bugTraits(bugType).fault !== "out-of-bounds" || bugType === "out-of-bounds") return [];
    return [
      "Whether the access is too long or the object too small: KASAN sees that they do not fit, not which of them is wrong.",
    ];
  },

  mapFrames({ function: place, form }, map) {
    return place ? { function: map(place, form !== "oops") } : {};
  },
};

/** A function and its source, in JSON. */
export function placeJson(frame: StackFrame): PlaceJson {
  const { module, file, line, column } = frame;
  return { function: nameOf(frame), module, file, line, column };
}

/** Kernels before 4.4 wrote blanks. */
function hyphenated(type: string): string {
  return type.includes(" or ") ? type : type.trim().replaceAll(" ", "-");
}

/** A rule has 66 equals signs. Other numbers belong to dumps: of a slab, of decoded code. */
function readEqualsSigns(text: string): LineRole | undefined {
  if (!/^={8,}$/.test(text)) return undefined;
  if (text.length > 70) return "slab-dump";
  return text.length >= 60 ? "rule" : "registers";
}
