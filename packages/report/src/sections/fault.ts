import { TEXT } from "../json-schema.ts";
import type { LineReader, Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

/** The first line of an oops. */
export interface FaultFields {
  /** An oops: the line that says what happened. */
  readonly oops?: string;
}

/** The first line of an oops, in JSON. */
export interface FaultJson {
  /** An oops: its first line. */
  oops?: string;
}

const OOPS =
  /^(?:Oops: )?(?:segment-related )?general protection fault|^BUG: (?:unable to handle|kernel NULL|Unable to handle)|^Unable to handle kernel|^(?:Internal error: )?Oops|^PANIC: double fault|^(?:Oops: )?stack segment|^Internal error:|^(?:Oops: )?double fault/;

/** The first lines of an oops, and what arm64 and the function tracer print with it. */
export const fault: Section<FaultFields & TitleFields> = {
  name: "fault",

  read({ draft }) {
    /** Recognizes a line of an oops that no field is read from. */
    const one =
      (pattern: RegExp): LineReader =>
      (text) =>
        pattern.test(text) ? "oops" : undefined;

    return {
      lines: {
        BPOUgI(text) {
          if (!OOPS.test(text)) return undefined;
          draft.oops ??= text;
          return "oops";
        },
        M: one(/^Mem abort info/),
        D: one(/^Data abort info|^Dumping ftrace/),
        "(": one(/^\(ftrace/),
        "[": one(/^\[[0-9a-f]{16}\] (?:pgd|\*?p)/),
        usnp: (text) =>
          draft.form === "oops" && /^(?:user|swapper) pgtable|^note: |^pgd = /.test(text) ? "oops" : undefined,
      },
    };
  },

  json({ oops }): FaultJson {
    return { oops };
  },

  schema: () => ({ oops: TEXT }),
};
