import { type PeeledLine, peeled } from "./peeled.ts";
import { readRecord } from "./record.ts";

/** How mail quotes: `> `, `>> `, `> > `. A row of memory after `>` is not a quote. */
const QUOTE = /^(?:> ?(?![0-9a-f]{8,16}: [0-9a-f]{2}(?: |$)))+/;

/** Prefixes of the text, in any order and number. Each alternative begins with a different kind of character. */
const PREFIX = new RegExp(
  [
    /\[ {0,9}(\d{1,9}\.\d{1,9})\]/, // printk's time
    /\[ {0,9}([CT]\d{1,9})\]/, // the caller
    /\[ {0,3}\d{1,3}: {0,16}[^\]]{1,24}: {0,8}\d{1,8}\]/, // vendors' CPU, task and pid
    /\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\]/, // dmesg -T
    /(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,12}(?:Z|[+-]\d\d:?\d\d)?) [\w.-]{1,64} kernel:/, // syslog, journald
    /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,12}(?:Z|[+-]\d\d:?\d\d)?(?: (?= (?:<\d|\[)))?/, // dmesg --time-format iso, CI systems (KernelCI has two blanks)
    /(?:kern|user|daemon) {0,4}:[a-z]{3,7} {0,4}:/, // dmesg -x
    /[\w.-]{1,64} kernel:(?= )/, // journalctl -o short-monotonic
    /kernel:(?= )/,
    /\*\* \d{1,9} printk messages dropped \*\*/,
    /[\w.-]{1,64} login:(?= ?[[<])/, // a prompt that the log begins behind
    /\d\d:(?= \[)/, // consoles of z/VM: the CPU
    /(?<=Z )std(?:out|err) [FP]/, // Kubernetes' container runtimes (CRI)
    /(?<=Z )\d\d[OE][ +]/, // GitLab's runners
    /\[pid:\d{1,9},cpu\d{1,4},[^\]]{0,40}\]/, // vendors' pid, CPU and task
  ]
    .map(({ source }) => `(?:${source}) ?`)
    // Right behind these the text begins, also with a blank, as rows of memory do.
    .concat(
      [
        /<\d{1,3}>(?: (?=\[))?/, // printk's level, syslog's priority
        /(?:\d+\.\d+[\w.+-]{0,64},)?\d{1,3},\d{1,20},(\d{1,20}),[-c](?:,caller=([CT]\d{1,9}))?[^;]{0,200};/, // netconsole, /dev/kmsg
        /MESSAGE=/, // journalctl -o export
        / ?\(\d{1,3}\)\[ {0,8}\d{1,9}:[^\]]{1,24}\]/, // a vendor's CPU, pid and task
      ].map(({ source }) => source),
    )
    .join("|"),
  "y",
);

// biome-ignore lint/complexity/useRegexLiterals: an escape character in a literal is an error
const ANSI = new RegExp("\\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|[@-Z\\\\-_])", "g");

/** Text that ways to a reader add to a line: escapes, non-breaking blanks, entities of HTML, a mark of the order of bytes; line feeds and tabs, spelled. */
const UNUSUAL = /[\u001b\u00a0\ufeff\udc00\udc01]|\udcff\udcfe|\udcfe\udcff|&(?:[gl]t|amp);|#01[12]|\\x0[9a]/;
/** No such text is longer, but for escapes, which are known by their first character. */
export const LONGEST_UNUSUAL = 5;
/** What some of it stands for. */
const SPELLED: readonly (readonly [pattern: RegExp, text: string])[] = [
  [ANSI, ""],
  [/\u00a0/g, " "],
  [/^(?:\ufeff|\udc00|\udc01|\udcff\udcfe|\udcfe\udcff)/, ""],
  [/#012|\\x0a/g, "\n"],
  [/#011|\\x09/g, "\t"],
  [/&gt;/g, ">"],
  [/&lt;/g, "<"],
  [/&amp;/g, "&"],
];

/** Whether lines of `text` can have something in them that {@link clean} takes out. */
export function isUnusual(text: string): boolean {
  return UNUSUAL.test(text);
}

/** The usual case of {@link PREFIX}: a time, and perhaps a caller. An expression is fast from the first line on. */
const USUAL = /\[ {0,9}\d{1,9}\.\d{1,9}\](?:\[ {0,9}[CT]\d{1,9}\])? ?/y;

/**
 * Takes the prefixes off a line, given with or without its ending.
 *
 * @param unusual Whether the line can have terminal control sequences.
 */
export function peel(line: string, unusual = true): PeeledLine {
  let text = clean(line, unusual);
  let quote = "";
  if (text.charCodeAt(0) === 62) {
    const depth = QUOTE.exec(text)?.[0] ?? "";
    text = text.slice(depth.length);
    quote = depth.replaceAll(" ", "");
  }
  const first = text.charCodeAt(0);
  const isRecord = first === 0x7b || first === 0x1e || (first === 0x2d && text.startsWith("- {"));
  const several = unusual && text.includes("\n");
  const record = isRecord
    ? readRecord(text, (message) => peelPrefixes(message, "", message.includes("\n")))
    : undefined;
  return record ?? peelPrefixes(text, quote, several);
}

/** `several`: whether there are line feeds in the text. */
function peelPrefixes(text: string, quote: string, several: boolean): PeeledLine {
  const first = text.charCodeAt(0);
  // Most lines of a pasted report begin with a space or a word: nothing to peel.
  if (first === 32 || first === 9) return peeled(text, quote, undefined, undefined, several);
  let time: number | undefined;
  let caller: string | undefined;
  let at = 0;
  let kernel = false;
  if (first === 91) {
    USUAL.lastIndex = 0;
    // What stands where is plain: matches with groups take longer than all else here.
    if (USUAL.test(text)) {
      at = USUAL.lastIndex;
      const close = text.indexOf("]");
      time = Number(text.slice(1, close));
      if (at > close + 2) caller = text.slice(close + 2, text.indexOf("]", close + 2)).trimStart();
      kernel = true;
      const next = text.charCodeAt(at);
      if (((next === 32 || next === 9) && text.charCodeAt(at + 1) !== 40) || at === text.length) {
        return peeled(text.slice(at), quote + (caller ?? "console"), caller, time, several);
      }
    }
  }
  while (at < text.length) {
    PREFIX.lastIndex = at;
    const match = PREFIX.exec(text);
    if (match === null) break;
    if (match[1] !== undefined) time = Number(match[1]);
    if (match[2] !== undefined) caller = match[2];
    if (match[3] !== undefined) time = Number(match[3]) / 1e6;
    if (match[4] !== undefined) caller = match[4];
    kernel = true;
    at += match[0].length;
  }
  if (!kernel) return peeled(text, quote, undefined, undefined, several);
  return peeled(text.slice(at), quote + (caller ?? "console"), caller, time, several);
}

/** A line without its ending and without terminal control sequences. */
export function clean(line: string, unusual = true): string {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 10 || line.charCodeAt(end - 1) === 13)) end--;
  const text = end === line.length ? line : line.slice(0, end);
  if (!unusual || !UNUSUAL.test(text)) return text;
  return SPELLED.reduce((left, [pattern, words]) => left.replace(pattern, words), text);
}
