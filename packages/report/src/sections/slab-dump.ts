import { addressOf } from "../parse/values.ts";
import type { ObjectFields } from "./object.ts";
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

/** Its first line in a report of KASAN, and that of the object. */
const CACHE = /^BUG ([\w-]+) \(.*\): kasan: bad access detected/;
const OBJECT = /^(?:INFO: )?Object 0x([0-9a-f]{8,16}) @offset=/;

/** SLUB's own dump of an object (`print_trailer` in `mm/slub.c`), which reports before 4.12 had, and which SLUB prints by itself. Its tracks are read as tracks. */
export const slabDump: Section<ObjectFields & TitleFields> = {
  name: "slab dump",

  read({ draft }) {
    let cache: string | undefined;
    return {
      lines: {
        "BFIOPRS["(text) {
          if (!DUMP.test(text)) return undefined;
          cache ??= CACHE.exec(text)?.[1];
          const address = addressOf(OBJECT.exec(text)?.[1]);
          if (address !== undefined && cache !== undefined && draft.form === "report")
            draft.object ??= { address, cache };
          return "slab-dump";
        },
        "-": (text) => (/^-{20,}$/.test(text) && draft.form === "report" ? "slab-dump" : undefined),
      },
    };
  },
};
