import { type Example, exampleOf, runsAlone } from "../examples.ts";

const FILES = import.meta.glob<string>("../../../../examples/*.c", { query: "?raw", import: "default", eager: true });

/** The examples, by kind of bug; the one to begin with is the first. */
export const EXAMPLES: readonly Example[] = Object.entries(FILES)
  .map(([path, text]) => exampleOf(path.replace(/^.*\//, ""), text))
  .filter(({ text }) => runsAlone(text))
  .sort((a, b) => rank(a) - rank(b) || (a.bug ?? "").localeCompare(b.bug ?? "") || a.name.localeCompare(b.name));

/** The one that the documentation begins with comes first, then what a reader has heard of; what has no bug is last. */
function rank({ bug, name }: Example): number {
  if (name === "kmalloc_oob_right.c") return 0;
  if (bug === undefined) return 4;
  return bug.startsWith("slab") ? 1 : bug.includes("free") ? 2 : 3;
}
