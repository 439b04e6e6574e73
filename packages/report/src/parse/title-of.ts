import { announcesCrash, nameCrash } from "../title/title.ts";
import { withOffset } from "./with-offset.ts";

/**
 * The title of the first crash of a log of one task, as {@link parseLog} titles it: `KASAN: slab-out-of-bounds Write in foo`. `undefined`
 * if there is no crash.
 *
 * @param texts - lines without what consoles and tools write before them
 */
export function titleOf(texts: readonly string[]): string | undefined {
  const first = texts.findIndex(announcesCrash);
  if (first < 0) return undefined;
  return nameCrash({ lines: texts.slice(first).map(withOffset), context: "" })?.title;
}
