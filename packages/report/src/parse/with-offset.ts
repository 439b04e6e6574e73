import { parseTraceLine } from "./frame.ts";

const SOURCE_LINE = /\.[chsS]:\d+$/;

/** decode_stacktrace.sh removes offsets. Titles are made from lines that have them. */
export function withOffset(text: string): string {
  if (text.includes("+0x") || (!text.includes(" (") && !SOURCE_LINE.test(text))) return text;
  const title = /^(?:BUG: KAS[Aa][Nn]: .*? in |[RE]?IP: (?:[0-9a-f]{4}:)?|pc : )(?=\S+ \S)/.exec(text)?.[0] ?? "";
  const line = parseTraceLine(text.slice(title.length));
  if (line?.kind !== "frame" || line.frame.symbol === undefined || line.frame.offset !== undefined) return text;
  return `${title === "" ? ` ${line.frame.reliable ? "" : "? "}` : title}${line.frame.symbol}+0x0/0x0`;
}
