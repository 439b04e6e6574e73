/** Fewer lines are not worth folding. */
const LEAST = 3;
/** A frame of a call trace in the kernel's own form: one of the machine, of which there is no source. Located ones have lost the offset, those of modules say so. */
const BARE_FRAME = /^ (?:\? )?([A-Za-z_][\w.$]*)\+0x[0-9a-f]+\/0x[0-9a-f]+$/;

/** What is left of a run of lines. */
export type Folded = { readonly index: number } | { readonly folded: string };

/**
 * Folds what every run has: frames of the machine's own functions, of which three or more follow each other. Answers the numbers of the lines
 * that stay, and a text for each run that does not.
 */
export function foldFrames(texts: readonly string[]): Folded[] {
  const out: Folded[] = [];
  for (let i = 0; i < texts.length; ) {
    let end = i;
    while (end < texts.length && BARE_FRAME.test(texts[end]!)) end++;
    if (end - i >= LEAST) {
      const [first, last] = [texts[i]!, texts[end - 1]!].map((text) => BARE_FRAME.exec(text)![1]);
      out.push({ folded: ` … ${end - i} frames of the kernel, ${first} to ${last}` });
      i = end;
    } else {
      out.push({ index: i });
      i++;
    }
  }
  return out;
}
