import { TEXT } from "../json-schema.ts";
import { addressOf } from "../parse/values.ts";
import type { Access, AccessFields } from "./access.ts";
import type { LineReader, LineRole, Section } from "./section.ts";
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

/** What arm64 says of an abort (`mem_abort_decode` in `arch/arm64/mm/fault.c`). */
const ABORT = /^(?:ESR|EC|SET|EA|FSC|ISV|CM|GCS|Overlay|TnD|TagAccess|Access size|SSE) = /;
/** The address in the first line. */
const ADDRESS = /\b(?:at (?:virtual )?address|for address:) (?:0x)?([0-9a-f]{8,16})\b/;
const OOPS =
  /^(?:Oops: )?(?:segment-related )?general protection fault|^BUG: (?:unable to handle|kernel NULL|Unable to handle)|^Unable to handle kernel|^(?:Internal error: )?Oops|^PANIC: double fault|^(?:Oops: )?stack segment|^Internal error:|^(?:Oops: )?double fault/;

/** The first lines of an oops, and what arm64 and the function tracer print with it. */
export const fault: Section<FaultFields & AccessFields & TitleFields> = {
  name: "fault",

  read({ draft }) {
    /** Recognizes a line of an oops that no field is read from. */
    const one =
      (pattern: RegExp): LineReader =>
      (text) =>
        pattern.test(text) ? "oops" : undefined;

    let address: bigint | undefined;
    /** The access that faulted: its address is in the first line, and its direction further below. */
    function setKind(kind: Access["kind"]): LineRole {
      if (address !== undefined && draft.form === "oops") draft.access ??= { kind, address };
      return "oops";
    }

    return {
      lines: {
        BPOUgI(text) {
          if (ABORT.test(text)) return "oops";
          if (!OOPS.test(text)) return undefined;
          draft.oops ??= text;
          address ??= addressOf(ADDRESS.exec(text)?.[1]);
          return "oops";
        },
        EFSCGOT(text) {
          if (!ABORT.test(text)) return undefined;
          const direction = /\bWnR = ([01])/.exec(text)?.[1];
          return direction === undefined ? "oops" : setKind(direction === "1" ? "Write" : "Read");
        },
        "#"(text) {
          const direction = /^#PF: \w+ (read|write) access/.exec(text)?.[1];
          if (direction === undefined) return text.startsWith("#PF: ") ? "oops" : undefined;
          return setKind(direction === "write" ? "Write" : "Read");
        },
        M: one(/^Mem abort info/),
        D: one(/^Data abort info|^Dumping ftrace/),
        "(": one(/^\(ftrace/),
        "[": one(/^\[[0-9a-f]{16}\] (?:\*?p|address between user and kernel address ranges)/),
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
