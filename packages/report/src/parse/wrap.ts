// Mail programs break lines at about 72 columns. A broken line is put together again where the grammar of reports says that
// something is missing, or that what follows can be nothing else.

import { isArmFrame } from "./frame.ts";

const SOURCE = /^\(?[\w./+@-]{1,200}\.(?:c|h|S|s|rs|cc|cpp|hpp|inc):\d+\)?(?::\d+)?(?: \[inline\])?$/;
const INLINE = /^\[inline\]$/;
/** A module, with its build, and perhaps a source line. A program counter is none, and is followed by a name. */
const MODULE =
  /^\[(?!(?:0x)?[0-9a-f]{8,16}\])[\w-]{1,60}(?: [0-9a-f]{16,64})?\](?: \([A-Z]+\))?(?:$| \(?[\w./+@-]+:[\d?])/;
/** Where a frame breaks off whose program counter is all there is room for. */
const COUNTER_END = /^\[<(?:0x)?[0-9a-f]{8,18}>\]$/;
const HEX_WORD = /^[0-9a-f]{16}(?: [0-9a-f]{16})*$/;
const BYTES = /^(?:[0-9a-f]{2}(?: |$)){1,16}$/;
const PLACE_END = /\+0x[0-9a-f]{1,8}\/0x[0-9a-f]{1,8}(?: \[[\w-]{1,60}(?: [0-9a-f]{16,64})?\])?$/;
const SOURCE_END = /[\w/-]\.(?:c|h|S|s|rs):\d+$/;
/** More of decode_stacktrace.sh's list of source lines. */
const SOURCES = /^(?:\(?discriminator \d+\)|[\w./+@-]{1,200}:[\d?]+)/;
/** The name of a function that stands alone. */
const NAME_END = /^\s*(?:\? )?[A-Za-z_][\w.]*$/;
/** How lines of reports begin: nothing that goes on. */
const BEGINNING =
  /^(?:Call [Tt]race|Workqueue:|Hardware name|R?IP:|RSP:|The buggy|which belongs|and is located|Allocated by|Freed by|Read of|Write of|Free of|BUG:|KASAN:|={20}|CPU:|<\/?[A-Z]|page[:_ ]|flags:|raw:|head:|Memory state|Modules linked|Code:|[RC][A-Z0-9]{1,2}:|---|Kernel |Last |Second to|Tainted:|pstate|(?:pc|lr|sp) :|x\d+\s*:|[0-9a-f]{16}: |Oops:|general protection|Internal error|>|\^)/;

const HANGING = /^ {4,}\S/;
/** Lines that have no indented lines of their own below them. */
const HEADING = /^(?:BUG: KAS|(?:Read|Write|Free) (?:of|at)\b|CPU: |Hardware name: |Workqueue: )/;

/** Whether `next`, a line that has no prefix of the kernel, goes on with `line`. Both are without prefixes. */
export function goesOn(line: string, next: string): boolean {
  const rest = next.trim();
  if (rest === "" || rest.length > 200) return false;
  // When mail breaks a line, the rest begins at the margin. People who break it put the rest below its text.
  if (next.startsWith(" ") && (!HANGING.test(next) || !HEADING.test(line))) return false;
  const text = line.trim();
  switch (text.charCodeAt(0)) {
    case 0x42: // BUG: KASAN: …
      if (text.startsWith("BUG: KAS")) return titleGoesOn(text, rest);
      break;
    case 0x52: // Read of …, Registers
    case 0x57: // Write of …, Workqueue:
    case 0x46: // Free of …, Freed by …
      if (/^(?:Read|Write|Free) (?:of|at)\b/.test(text)) return accessGoesOn(text, rest);
      break;
    case 0x43: // CPU: …
      if (text.startsWith("CPU: ")) return machineGoesOn(text, rest);
      break;
    case 0x54: // The buggy address …
      if (text.startsWith("The buggy address")) return addressGoesOn(text, rest);
      break;
    case 0x77: // which belongs to the cache …
      if (text.startsWith("which belongs")) return !/ of size \d+$/.test(text) && !BEGINNING.test(rest);
      break;
    case 0x67: // general protection fault …
    case 0x4f: // Oops: …
      if (text.includes("protection fault")) return faultGoesOn(text, rest);
      break;
    case 0x61: // addr … is located in stack of task …
      if (text.startsWith("addr ")) return !text.endsWith("in frame:") && !BEGINNING.test(rest);
      break;
    case 0x72: // raw: …
      if (/^raw: [0-9a-f]{16}/.test(text)) return HEX_WORD.test(rest);
      break;
  }
  if (/^(?:Hardware name|Workqueue|Modules linked in|Code|flags|page|Tainted): ?/.test(text)) {
    return text.length + rest.length >= 60 && !BEGINNING.test(rest) && !isFrame(rest);
  }
  if (/^(?:allocated |freed )?\d+-byte region \[/.test(text)) return !text.includes(")") && /\)$/.test(rest);
  if (/^>? ?[0-9a-f]{8,16}: [0-9a-f]{2}\b/.test(text)) return BYTES.test(rest) && text.split(" ").length < 17;
  return frameGoesOn(text, rest);
}

/** Lines, with those put together that mail broke. */
export function joinBroken(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (last !== undefined && goesOn(last, line)) joined[joined.length - 1] = `${last.trimEnd()} ${line.trim()}`;
    else joined.push(line);
  }
  return joined;
}

/** Whether a parenthesis is open at the end. */
const isOpenList = (text: string): boolean => text.split("(").length > text.split(")").length;

const isFrame = (text: string): boolean =>
  /^(?:\[<?(?:0x)?[0-9a-f]{8,18}>?\] ?){0,2}(?:\? )?[A-Za-z_][\w.]*\+0x[0-9a-f]+\/0x/.test(text) || isArmFrame(text);

function titleGoesOn(text: string, rest: string): boolean {
  if (BEGINNING.test(rest)) return false;
  const at = text.indexOf(" in ");
  if (at < 0) return !/ on address +\S+$/.test(text);
  const place = text.slice(at + 4);
  if (PLACE_END.test(place)) return SOURCE.test(rest) || MODULE.test(rest) || /^at addr [0-9a-f]+$/.test(rest);
  if (isOpenList(place)) return SOURCES.test(rest);
  if (SOURCE_END.test(place)) return INLINE.test(rest);
  return /^\S*$/.test(place) && (SOURCE.test(rest) || rest.startsWith("("));
}

function accessGoesOn(text: string, rest: string): boolean {
  if (/ by task .+\/\d+$/.test(text)) return false;
  return !BEGINNING.test(rest);
}

function machineGoesOn(text: string, rest: string): boolean {
  if (!/ (?:Not tainted|Tainted: )/.test(text) && /^(?:Not tainted|Tainted: [A-Z]|Kdump: loaded)/.test(rest))
    return true;
  if (BEGINNING.test(rest) || isFrame(rest)) return false;
  return text.length >= 40 || !/ \d+\.\d+\S* #\d+/.test(text);
}

function addressGoesOn(text: string, rest: string): boolean {
  if (
    /(?:of|page:|variable:|mapping|at|task \S+\/\d+|[0-9a-f]{16})$/.test(text) &&
    !/ (?:object|starting|allocated) at$/.test(text)
  ) {
    return false;
  }
  return !BEGINNING.test(rest);
}

function faultGoesOn(text: string, rest: string): boolean {
  return (
    !/\[#\d+\] .*KASAN/.test(text) &&
    /^(?:0x[0-9a-f]+: |[0-9a-f]{4} \[#|\[#\d+\]|(?:PREEMPT|SMP|KASAN|DEBUG)\b|address|non-canonical)/.test(rest)
  );
}

function frameGoesOn(text: string, rest: string): boolean {
  if (PLACE_END.test(text)) return SOURCE.test(rest) || MODULE.test(rest);
  if (/^(?:\? )?[\w.]+ \(/.test(text) && isOpenList(text)) return SOURCES.test(rest);
  if (SOURCE_END.test(text)) return INLINE.test(rest);
  if (COUNTER_END.test(text)) return isFrame(rest);
  return NAME_END.test(text) && SOURCE.test(rest);
}
