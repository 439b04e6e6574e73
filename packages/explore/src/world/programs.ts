import { ExploreError } from "../error.ts";
import { OPERATIONS } from "./operations.ts";
import { isInPlay, PAGE_OPERATIONS } from "./page-operations.ts";

/** Validated programs. */
export interface Programs {
  readonly setup: readonly string[];
  readonly programs: readonly (readonly string[])[];
  /** Names of areas, in order of appearance. */
  readonly handles: readonly string[];
}

/** The argument of an operation: a new area and its pages, an area, a page, or nothing. */
const TAKES = new Map<string, "new" | "area" | "page" | "nothing">([
  ["allocate", "new"],
  ["free", "area"],
  ["use", "area"],
  ["overrun", "area"],
  ["stale", "area"],
  ["stray", "page"],
  ["bystand", "page"],
  ["purge", "nothing"],
  ["reuse", "nothing"],
]);

/** Maximum number of words of an operation, by its argument. */
const WORDS = { new: 3, area: 2, page: 2, nothing: 1 } as const;

/** Maximum number of CPUs of a scenario: transitions identify them with three bits. */
const MAX_CPUS = 6;

/** Maximum number of operations of a scenario: more than any search can handle, and few enough for a replay. */
const MAX_OPERATIONS = 256;

/** Rejects too many or too long programs. @throws {@link ExploreError} `SCENARIO` */
export function checkCounts(setup: readonly string[], programs: readonly (readonly string[])[]): void {
  if (programs.length === 0 || programs.length > MAX_CPUS) {
    throw new ExploreError("SCENARIO", `${programs.length} CPUs; give programs for 1 to ${MAX_CPUS}`);
  }
  const operations = programs.reduce((sum, program) => sum + program.length, setup.length);
  if (operations <= MAX_OPERATIONS) return;
  throw new ExploreError("SCENARIO", `${operations} operations; give at most ${MAX_OPERATIONS}, the set-up's included`);
}

/** Validates operations on pages of memory. @throws {@link ExploreError} `SCENARIO` if one is invalid */
export function pageProgramsOf(
  setup: readonly string[],
  programs: readonly (readonly string[])[],
  pages: number,
): Programs {
  for (const text of [...setup, ...programs.flat()]) {
    const found = /^\s*(?:take\s+(?:kernel|user)|give|access|redzone)\s+(\d+)\s*$/.exec(text);
    const page = Number(found?.[1] ?? -1);
    if (page >= 0 && page < pages && isInPlay(page)) continue;
    const known = Object.values(PAGE_OPERATIONS).map((line) => line.slice(0, 17).trim());
    throw new ExploreError(
      "SCENARIO",
      `no operation ${text.trim()} on the direct map; there are ${known.join(", ")}, with KIND kernel or user and PAGE the first or second of eight, below ${pages}`,
    );
  }
  return { setup, programs, handles: [] };
}

/** Validates operations. @throws {@link ExploreError} `SCENARIO` if one is invalid */
export function programsOf(
  setup: readonly string[],
  programs: readonly (readonly string[])[],
  pages: number,
): Programs {
  const all = [...setup, ...programs.flat()].map((text) => text.trim().split(/\s+/));
  const handles = [...new Set(all.filter(([name]) => name === "allocate").map(([, area]) => area ?? ""))];
  for (const words of all) {
    const [name = "", first = "", second = "1"] = words;
    const text = words.join(" ");
    const takes = TAKES.get(name);
    if (takes === undefined || words.length > WORDS[takes]) {
      const known = [...TAKES.keys()].map((one) => OPERATIONS[one].slice(0, 17).trim());
      throw new ExploreError("SCENARIO", `no operation ${text} on vmalloc space; there are ${known.join(", ")}`);
    }
    const wanted = takes === "new" ? Number(second) : Number(first);
    if ((takes === "new" || takes === "page") && !(Number.isInteger(wanted) && wanted >= 0 && wanted < pages)) {
      throw new ExploreError("SCENARIO", `${text}: give a number of pages, or of a page, below ${pages}`);
    }
    if (takes === "new" && (wanted === 0 || !/^[a-z]\w*$/.test(first))) {
      throw new ExploreError("SCENARIO", `${text}: give the area a name and at least one page`);
    }
    if (takes === "area" && !handles.includes(first)) {
      throw new ExploreError("SCENARIO", `${text}: nothing allocates an area ${first}`);
    }
  }
  return { setup, programs, handles };
}
