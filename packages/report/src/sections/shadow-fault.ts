import { bugTraits } from "@kasan/shadow";
import { type HexJson, hexJson } from "../json-parts.ts";
import { described, HEX, record, TEXT } from "../json-schema.ts";
import { hexToBigint } from "../parse/values.ts";
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
export const shadowFault: Section<ShadowFaultFields & TitleFields> = {
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
        ...(first !== undefined && { first: hexJson(first) }),
        ...(last !== undefined && { last: hexJson(last) }),
      },
    };
  },

  schema: () => ({
    shadowFault: described(
      "The addresses whose shadow was being read.",
      record({ type: TEXT, first: HEX, last: HEX }, ["type"]),
    ),
  }),

  why({ shadowFault: fault, bugType, form }) {
    switch (bugTraits(fault?.type ?? bugType).family) {
      case "null":
        return "Nothing is mapped there: it is a null pointer, or a field at a small offset from one";
      case "user":
        return "That address is user space's, which the kernel must not use directly";
      case "wild":
        return "No memory of the kernel has such an address";
      default:
        return form === "oops"
          ? "The address was invalid, and the CPU refused it: the kernel could not go on there"
          : undefined;
    }
  },
};
