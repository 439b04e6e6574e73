import { atLeast } from "@kasan/shadow";
import { formatFrame, type StackFrame } from "../frame.ts";
import { type FrameJson, frameJson } from "../json-parts.ts";
import { described, FRAME } from "../json-schema.ts";
import { BLANK, LEVEL, lines } from "../line.ts";
import { parseTraceLine } from "../parse/frame.ts";
import { type AccessFields, harmOf } from "./access.ts";
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
export const variable: Section<VariableFields & AccessFields> = {
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
    const { variable: found } = report;
    if (found === undefined) return undefined;
    return `That is outside of the global variable ${found.symbol ?? ""} or in the gap behind it${harmOf(report)}`;
  },
};
