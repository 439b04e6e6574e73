import { escapeHtml, key } from "@kasan/html";
import { type AddressBits, spellAddress } from "@kasan/shadow";
import type { Picture } from "./picture.ts";
import type { Segment } from "./segments.ts";

/**
 * Memory as a bar of stretches, each as wide as it has bytes, the access below it, and what they mean. Needs the style
 * {@link REPORT_STYLE}.
 */
export function pictureHtml({ start, end, segments, access }: Picture, bits?: AddressBits): string {
  const [first, last] = [spellAddress(start, bits), spellAddress(end, bits)];
  const span = Number(end - start);
  const percent = (bytes: bigint) => ((Number(bytes) * 100) / span).toFixed(3);
  const words = segments.map((part) => `${part.label}, ${part.end - part.start} bytes`).join("; ");
  const offset = access.start - start;
  const fills = fillsOf(segments);
  const bars = segments
    .map(({ start: from, end: to, label }, i) => {
      const text = `${label}: ${spellAddress(from, bits)} to ${spellAddress(to, bits)}`;
      return `<span class="${fills[i]}" style="width:${percent(to - from)}%" title="${escapeHtml(text)}"></span>`;
    })
    .join("");
  return `<figure>
<div class="picture" role="img" aria-label="${escapeHtml(`Memory from ${first} to ${last}, to scale: ${words}. The access begins ${offset} bytes from the left end and has ${access.end - access.start} bytes.`)}">
<div class="bars">${bars}</div>
<div class="access"><span style="margin-left:${percent(offset)}%;width:max(2px,${percent(access.end - access.start)}%)"></span></div>
</div>
<figcaption><code>${first}</code> to <code>${last}</code>, to scale.</figcaption>
${key([...new Map(segments.map(({ label }, i) => [fills[i]!, label])), ["bar accessed", "the access"] as const].map(([fill, text]) => ({ fill, text })))}
</figure>`;
}

/** Patterns of a kind of memory. More than these repeat. */
const PATTERNS = 4;

/** How each stretch is filled: by its kind, and by its label, so that no two words of the legend look alike. */
function fillsOf(segments: readonly Segment[]): string[] {
  const labels = new Map<string, string[]>();
  return segments.map(({ kind, label }) => {
    const known = labels.get(kind) ?? [];
    labels.set(kind, known);
    if (!known.includes(label)) known.push(label);
    return `bar ${kind} pattern-${(known.indexOf(label) % PATTERNS) + 1}`;
  });
}
