import { TEXT } from "../json-schema.ts";
import type { Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

/** The consequences of the crash. */
export interface AftermathFields {
  /** The message of the panic that followed. */
  readonly panic?: string;
}

/** The consequences of the crash, in JSON. */
export interface AftermathJson {
  /** The message of the panic that followed. */
  panic?: string;
}

/** The lines that the kernel prints after a crash: modules, the end of the trace, notes, a panic. */
export const aftermath: Section<AftermathFields & TitleFields> = {
  name: "aftermath",

  read(reading) {
    const { draft } = reading;
    return {
      lines: {
        M: (text) => (text.startsWith("Modules linked in") ? "modules" : undefined),
        "-"(text) {
          if (!/^-?--\[ end trace/.test(text)) return undefined;
          if (draft.form === "oops") reading.ended = true;
          return "end";
        },
        D: (text) => (text.startsWith("Disabling lock debugging due to kernel taint") ? "note" : undefined),
        K(text) {
          if (text.startsWith("Kernel Offset")) return "note";
          const message = /^Kernel panic - not syncing: (.*)/.exec(text)?.[1];
          if (message === undefined) return undefined;
          draft.panic ??= message;
          return "panic";
        },
      },
    };
  },

  json({ panic }): AftermathJson {
    return { panic };
  },

  schema: () => ({ panic: TEXT }),
};
