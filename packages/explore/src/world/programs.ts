import { ExploreError } from "../error.ts";
import { OPERATIONS } from "./operations.ts";

/** Programs that have been looked through. */
export interface Programs {
  readonly setup: readonly string[];
  readonly programs: readonly (readonly string[])[];
  /** Names of areas, in the order in which they come. */
  readonly handles: readonly string[];
}

/** What an operation takes: a new area and its pages, an area, a page, nothing. */
const TAKES: Readonly<Record<string, "new" | "area" | "page" | "nothing">> = {
  allocate: "new",
  free: "area",
  use: "area",
  overrun: "area",
  stale: "area",
  stray: "page",
  bystand: "page",
  purge: "nothing",
  reuse: "nothing",
};

/** Checks operations. @throws {@link ExploreError} `SCENARIO` if one makes no sense */
export function programsOf(
  setup: readonly string[],
  programs: readonly (readonly string[])[],
  pages: number,
): Programs {
  const all = [...setup, ...programs.flat()].map((text) => text.trim().split(/\s+/));
  const handles = [...new Set(all.filter(([name]) => name === "allocate").map(([, area]) => area ?? ""))];
  for (const [name = "", first = "", second = "1", more] of all) {
    const text = [name, first].join(" ").trim();
    const takes = TAKES[name];
    if (takes === undefined || more !== undefined) {
      throw new ExploreError("SCENARIO", `no operation ${text}; there are ${Object.keys(OPERATIONS).join(", ")}`);
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
