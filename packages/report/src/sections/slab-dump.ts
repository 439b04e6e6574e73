import type { Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

const DUMP = new RegExp(
  `^(?:${[
    "BUG [\\w-]+ \\((?:Not tainted|Tainted).*",
    "INFO: (?:0x|lockdep)",
    // Without INFO since 5.14.
    "(?:INFO: )?(?:Slab|Object) 0x",
    "\\[[\\w ]+ overwritten\\] 0x",
    "(?:Bytes b4|Object|Redzone|Padding) +[0-9a-f]{8,}",
    "FIX [\\w-]+: ",
  ].join("|")})`,
);

/** SLUB's own dump of an object (`print_trailer` in `mm/slub.c`), which reports before 4.12 had, and which SLUB prints by itself. Its tracks are read as tracks. */
export const slabDump: Section<TitleFields> = {
  name: "slab dump",

  read({ draft }) {
    return {
      lines: {
        "BFIOPRS[": (text) => (DUMP.test(text) ? "slab-dump" : undefined),
        "-": (text) => (/^-{20,}$/.test(text) && draft.form === "report" ? "slab-dump" : undefined),
      },
    };
  },
};
