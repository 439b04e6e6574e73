import { atLeast, bugTraits } from "@kasan/shadow";
import { placeOf } from "../facts/extent.ts";
import { checkAccess, isRaced, isUsable, type ShadowContext, usableEndBelow } from "../facts/shadow.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import { type FrameJson, frameJson } from "../json-parts.ts";
import { described, FRAME } from "../json-schema.ts";
import { BLANK, LEVEL, lines } from "../line.ts";
import { parseTraceLine } from "../parse/frame.ts";
import { plural } from "../words.ts";
import { type AccessFields, harmOf, untaggedAddress } from "./access.ts";
import type { Section } from "./section.ts";

/** The variable around the address. */
export interface VariableFields {
  /** The global variable at or before the address: symbol, offset, size, module. */
  readonly variable?: StackFrame;
}

/** The variable around the address, in JSON. */
export interface VariableJson {
  /** The global variable: its name is in `function`. */
  variable?: FrameJson;
}

/** The global variable. */
export const variable: Section<VariableFields & AccessFields & ShadowContext> = {
  name: "variable",
  part: "address",

  read({ draft, frames }) {
    return {
      lines: {
        T(text) {
          if (!text.startsWith("The buggy address belongs to the variable")) return undefined;
          frames.expect((frame) => {
            draft.variable = frame;
            return "variable";
          });
          return "variable";
        },
        // Before 4.12.
        A(text) {
          const place = /^Address belongs to variable (.*)/.exec(text)?.[1];
          if (place === undefined) return undefined;
          const line = parseTraceLine(place);
          if (line?.kind === "frame") draft.variable ??= line.frame;
          return "variable";
        },
      },
    };
  },

  print({ variable: found }, { version }) {
    if (found === undefined) return [];
    const text = formatFrame(found);
    if (!atLeast(version, 4, 12)) return lines(LEVEL.ERR, `Address belongs to variable ${text}`);
    return [...lines(LEVEL.ERR, "The buggy address belongs to the variable:", ` ${text}`), BLANK];
  },

  json({ variable: found }): VariableJson {
    return { variable: found && frameJson(found) };
  },

  schema: () => ({ variable: described("The global variable, by name in `function`.", FRAME) }),

  why(report) {
    const { variable: found, access } = report;
    const { family } = bugTraits(report.bugType);
    // The first task's stack has a symbol, too.
    if (found === undefined || family === "stack" || family === "alloca" || isRaced(report)) return undefined;
    const name = `the global variable ${found.symbol ?? "there"}`;
    // The size that the kernel prints is up to the next symbol, so that the redzone is in it.
    const start = access && untaggedAddress(access) - BigInt(found.offset ?? 0);
    const end = start === undefined ? undefined : usableEndBelow(report, checkAccess(report)!.firstBad, start);
    if (start === undefined || end === undefined || end === "none" || end <= start) {
      return `That is at ${name}, or in the gap behind it${harmOf(report)}`;
    }
    if (isUsable(report, start, end) !== true) {
      const place = placeOf(report, { start, end, name: "memory that may be used" });
      return `That is ${place}, as the shadow shows, and the symbol before it is ${found.symbol}${harmOf(report)}`;
    }
    const bytes = `the ${plural(end - start, "byte")} of ${name}`;
    return `That is ${placeOf(report, { start, end, name: bytes })}, as the shadow shows${harmOf(report)}`;
  },
};
