import { detached } from "../parse/text.ts";

/** Longer titles are cut. */
const MAX_LENGTH = 120;

/** Patterns of text that changes from crash to crash. The first that matches at a place counts. */
const CHANGING = new RegExp(
  [
    /(?<fuzzer>syz-executor|syzkaller)\.?\d+(?:[/:]\d+)?/, // a task of the fuzzer
    /(?<cpu>CPU)#\d+/,
    /(?<ip>\d{1,3}(?:\.\d{1,3}){3})/,
    /(?<offset>(?<=[a-zA-Z][\w.]{0,200})\+0x[0-9a-z]+\/0x[0-9a-z]+)/, // behind a function
    /(?<file>\.\w+)(?::\d+)+/, // lines and columns
    /(?<address>(?<![a-zA-Z0-9])(?:0x)?[0-9a-f]{6,})/,
    /(?<number>(?<!\w)\d+(?!\w)|\d{7,})/, // shorter ones in a name are a part of it: cfg80211
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** Titles are remembered: those of a log are few. */
const MAX_KNOWN = 256;
const known = new Map<string, string>();

/** A title without what changes from crash to crash, in printable ASCII, of at most 120 characters. */
export function sanitizeTitle(title: string): string {
  const before = known.get(title);
  if (before !== undefined) return before;
  const sanitized = withoutChanging(title);
  if (title.length > 4 * MAX_LENGTH) return sanitized;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(detached(title), detached(sanitized));
  return sanitized;
}

function withoutChanging(title: string): string {
  return title
    .slice(0, 4 * MAX_LENGTH)
    .replace(CHANGING, (...match) => {
      const found = match.at(-1) as Record<string, string | undefined>;
      if (found["file"] !== undefined) return `${found["file"]}:LINE`;
      if (found["ip"] !== undefined) return "IP";
      if (found["address"] !== undefined) return "ADDR";
      if (found["number"] !== undefined) return "NUM";
      return found["fuzzer"] ?? found["cpu"] ?? "";
    })
    .slice(0, MAX_LENGTH)
    .replaceAll("\t", " ")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(/ {2,}/g, " ")
    .trim();
}
