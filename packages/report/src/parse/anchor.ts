import type { ReportStart } from "./builder.ts";
import type { PeeledLine } from "./peeled.ts";

/** Words that every report contains. They are searched for before any line is parsed. */
export const TRIGGERS = ["KASAN", "KASan", "general protection fault"] as const;

const FAULT = /general protection fault.*: [0-9a-f]{4} \[#\d+\].*\bKASAN\b/;
const HINT = /^\s*KASAN: [a-z][a-z -]{2,60}? in range \[0x[0-9a-f]+-0x[0-9a-f]+\]/;
const TITLE = /BUG: KAS[Aa][Nn]: [a-z]/;
const CERTAIN_TITLE = /BUG: KAS[Aa][Nn]: [a-z -]+ (?:in \S+\+0x|on address|in .* at addr)/;

/** A line that a report is found by. */
export interface Anchor extends Omit<ReportStart, "prelude"> {
  /** The kind of line. */
  readonly kind: "title" | "fault" | "hint";
}

/** Whether a report is found by this line. */
export function anchorOf({ text, context }: PeeledLine): Anchor | undefined {
  if (text.length > 20_000) return undefined;
  const at = text.search(TITLE);
  const logged = context.replace(/^>+/, "") !== "";
  if (at >= 0) {
    const before = text.slice(0, at);
    const indent = logged || before === "" ? undefined : indentOf(before);
    const certain = logged || (before.trim() === "" && CERTAIN_TITLE.test(text));
    return { kind: "title", form: "report", context, certain, ...(indent && { indent }) };
  }
  if (FAULT.test(text))
    return { kind: "fault", form: "oops", context, certain: logged || /^\s*(?:Oops: )?general/.test(text) };
  if (HINT.test(text)) return { kind: "hint", form: "oops", context, certain: true };
  return undefined;
}

/** Matches what stands in front of a report's lines, given what stands in front of its first. Numbers can change. */
function indentOf(before: string): RegExp | undefined {
  if (before.length > 80) return undefined;
  const text = before.trimEnd();
  const source = text
    .split(/(\d+|\s+)/)
    .map((part, i) =>
      i % 2 === 0 ? part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") : /\d/.test(part) ? "\\d+" : "\\s{1,16}",
    )
    .join("");
  // Blanks alone: frames are indented further.
  return before.trim() === ""
    ? new RegExp(`^\\s{${before.length}}`)
    : new RegExp(`^${source}\\s{0,${before.length - text.length}}`);
}
