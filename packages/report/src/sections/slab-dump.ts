import type { Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

const DUMP =
  /^(?:BUG [\w-]+ \((?:Not tainted|Tainted).*|INFO: (?:Slab|Object|0x|lockdep)|Bytes b4|Object [0-9a-f]{8,}|Redzone [0-9a-f]{8,}|Padding [0-9a-f]{8,})/;

/** SLUB's own dump of an object (`print_trailer` in `mm/slub.c`), which reports before 4.12 had. Its tracks are read as tracks. */
export const slabDump: Section<TitleFields> = {
  name: "slab dump",

  read({ draft }) {
    return {
      lines: {
        BIOPR: (text) => (DUMP.test(text) ? "slab-dump" : undefined),
        "-": (text) => (/^-{20,}$/.test(text) && draft.form === "report" ? "slab-dump" : undefined),
      },
    };
  },
};
