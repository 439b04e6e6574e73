import { badAddressOf } from "../facts/fault.ts";
import { addressJson, type HexJson } from "../json-parts.ts";
import { ADDRESS, described, record, TEXT } from "../json-schema.ts";
import { hexToBigint } from "../parse/values.ts";
import type { AccessFields } from "./access.ts";
import type { Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

/** The addresses whose shadow could not be read, as the hint under an oops names them. */
export interface ReportedShadowFault {
  /** The kernel's words: `null-ptr-deref`, `probably user-memory-access`. */
  readonly type: string;
  /** First address; absent in the wording before 5.6. */
  readonly first?: bigint;
  /** Last address. */
  readonly last?: bigint;
}

/** KASAN's hint about a fault. */
export interface ShadowFaultFields {
  /** An oops: the memory whose shadow was being read. */
  readonly shadowFault?: ReportedShadowFault;
}

/** The addresses whose shadow was being read when it faulted, in JSON. */
export interface ShadowFaultJson {
  /** The kernel's words: `null-ptr-deref`. */
  type: string;
  /** First address. */
  first?: HexJson;
  /** Last address. */
  last?: HexJson;
}

/** KASAN's hint about a fault, in JSON. */
export interface ShadowFaultFieldsJson {
  /** An oops: the memory whose shadow was being read. */
  shadowFault?: ShadowFaultJson;
}

const HINT = /^KASAN: ([a-z][a-z -]{2,60}?) in range \[0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})\]/;

/** The hint under an oops (`kasan_non_canonical_hook` in `mm/kasan/report.c`). */
export const shadowFault: Section<ShadowFaultFields & TitleFields & AccessFields> = {
  name: "shadow fault",

  read({ draft }) {
    return {
      lines: {
        K(text) {
          const match = HINT.exec(text);
          if (match === null) return undefined;
          const [, type, first, last] = match;
          draft.shadowFault ??= { type: type!, first: hexToBigint(first!), last: hexToBigint(last!) };
          if (draft.form === "oops") draft.bugType = type!.replace(/^(?:probably|maybe) /, "");
          return "shadow-fault";
        },
        // Before 5.6.
        k(text) {
          if (text.startsWith("kasan: GPF could be caused by")) {
            draft.shadowFault ??= { type: "NULL-ptr deref or user memory access" };
            return "shadow-fault";
          }
          return text.startsWith("kasan: CONFIG_KASAN_INLINE") ? "shadow-fault" : undefined;
        },
      },
    };
  },

  json({ shadowFault: fault }): ShadowFaultFieldsJson {
    if (fault === undefined) return {};
    const { type, first, last } = fault;
    return {
      shadowFault: {
        type,
        ...(first !== undefined && { first: addressJson(first) }),
        ...(last !== undefined && { last: addressJson(last) }),
      },
    };
  },

  schema: () => ({
    shadowFault: described(
      "The addresses whose shadow was being read.",
      record({ type: TEXT, first: ADDRESS, last: ADDRESS }, ["type"]),
    ),
  }),

  why(report) {
    const bad = badAddressOf(report);
    // Before 5.6 the hint did not choose between the two.
    if (bad?.guess && report.shadowFault?.first === undefined) {
      return "KASAN guesses that it used a null pointer, a field behind one, or an address of user space";
    }
    if (bad !== undefined) {
      const words = WORDS[bad.kind];
      return bad.guess ? `If it guesses right, ${words[0]!.toLowerCase()}${words.slice(1)}` : words;
    }
    if (report.form !== "oops") return undefined;
    const hint = report.shadowFault;
    const unfit =
      report.access !== undefined && hint?.first !== undefined
        ? `; KASAN's hint (${hint.type}) is a guess that takes this address for one of its shadow, which it does not seem to be`
        : "";
    return report.access === undefined
      ? "The CPU refused what the code did there, and the log does not say which address it used"
      : `The CPU refused it: nothing is mapped there, or not for such an access${unfit}`;
  },
};

/** What is wrong with an address that no memory is at. */
const WORDS = {
  null: "Nothing is mapped there: it is a null pointer, or a field at a small offset from one",
  field: "Nothing is mapped that low, as a rule: most likely it is a field of a structure behind a null pointer",
  user: "That address is user space's, which the kernel must not use directly",
  wild: "That address is not one of memory that KASAN watches",
} as const;
