import { escapeHtml } from "@kasan/html";
import { formatFrame, type StackFrame } from "../frame.ts";
import { isSkippedFrame } from "../title/title.ts";
import { plural } from "../words.ts";

/**
 * A stack, with KASAN's own frames folded; empty without frames. Needs the style {@link REPORT_STYLE}.
 *
 * @param title - is HTML
 * @param open - whether it is unfolded at first
 */
export function stackHtml(title: string, frames: readonly StackFrame[], open: boolean): string {
  if (frames.length === 0) return "";
  const machinery = Math.max(
    0,
    frames.findIndex((frame) => !isQuiet(frame)),
  );
  const own = frames.slice(0, machinery).map(frameItem).join("");
  const folded = `<details class="machinery"><summary>KASAN and helpers: ${plural(machinery, "frame")}</summary><ol class="stack">${own}</ol></details>`;
  const rest = `<ol class="stack" start="${machinery + 1}">${frames.slice(machinery).map(frameItem).join("")}</ol>`;
  return `<details${open ? " open" : ""}><summary>${title}</summary>${machinery > 0 ? folded : ""}${rest}</details>`;
}

/** Whether a frame tells nothing about the bug: it is a guess, or of a function that is never to blame. */
const isQuiet = ({ reliable, symbol }: StackFrame): boolean =>
  !reliable || (symbol !== undefined && isSkippedFrame(symbol));

function frameItem(frame: StackFrame): string {
  const name = frame.offset === undefined && frame.symbol !== undefined ? frame.symbol : formatFrame(frame);
  const source =
    frame.file === undefined
      ? ""
      : ` <span class="dim">${escapeHtml(frame.file)}${frame.line === undefined ? "" : `:${frame.line}`}</span>`;
  return `<li${isQuiet(frame) ? ' class="dim"' : ""}><code>${frame.reliable ? "" : "? "}${escapeHtml(name)}</code>${source}</li>`;
}
