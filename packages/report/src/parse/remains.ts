/** A sign of a report in lines that belong to none. */
export interface Remains {
  /** Its line in the log, from 1. */
  readonly line: number;
  /** `end`: lines that only stand at the end of a report. `mention`: words that a report's first line has. */
  readonly kind: "end" | "mention";
  /** The line, shortened. */
  readonly text: string;
}

/** What stands behind the call trace of a report, and nowhere else (mm/kasan/report.c). */
const END = /The buggy address (?:belongs|is located)|Memory state around the buggy address/;
const MENTION = /\bKAS[Aa][Nn]: [a-z][a-z -]+|\bkasan_report\+0x/;
/** Cheap to look for: every sign has one of these. */
const WORDS = ["buggy address", "KASAN: ", "KASan: ", "kasan_report+0x"];
/** Of a line, so much is told. */
const SHOWN = 100;

/**
 * Looks for signs of reports among the lines that belong to none: those of a report of which the beginning is lost, or of one in a form that
 * is not known.
 *
 * @param text - the text of a foreign item of a log
 * @param line - the number of its first line
 * @returns the first sign; undefined if there is none
 */
export function remainsIn(text: string, line: number): Remains | undefined {
  if (!WORDS.some((word) => text.includes(word))) return undefined;
  for (const [i, one] of text.split("\n").entries()) {
    const kind = END.test(one) ? "end" : MENTION.test(one) ? "mention" : undefined;
    if (kind !== undefined) return { line: line + i, kind, text: one.trim().slice(0, SHOWN) };
  }
  return undefined;
}
