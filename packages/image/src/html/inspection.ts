import { escapeHtml, page, scrollable } from "@kasan/html";
import { formatAddress } from "@kasan/shadow";
import type { InspectedLevel, InspectedShadow, Inspection } from "../inspect/inspect.ts";
import { inspectText, spellByte, spellPermissions } from "../inspect/text.ts";
import { IMAGE_STYLE } from "./style.ts";

/** Inspections as one page. */
export function inspectHtml(found: readonly Inspection[], title: string): string {
  return page(title, found.map(article).join("\n"), IMAGE_STYLE);
}

function article(found: Inspection): string {
  const { address, region, levels, physical, shadow, untagged, verdict } = found;
  const where =
    physical === undefined
      ? found.reason === "no-root"
        ? "of unknown page tables"
        : "not mapped"
      : `physical 0x${physical.toString(16)}`;
  return `<article><h2><code>${formatAddress(address)}</code></h2>
<p>${escapeHtml(region.name)}, ${where}. ${escapeHtml(verdict.text)}.</p>
${levels.map(levelTable).join("\n")}
${shadow ? shadowTable(shadow, untagged) : ""}
<details><summary>As text</summary><pre tabindex="0">${escapeHtml(inspectText(found))}</pre></details></article>`;
}

function levelTable({ name, index, entry, decoded, permits }: InspectedLevel): string {
  const rows = decoded.fields.map(
    ({ name, high, low, value, meaning = "" }) =>
      `<tr><td>${high === low ? low : `${high}-${low}`}</td><td>${escapeHtml(name)}</td><td>0x${value.toString(16)}</td><td>${escapeHtml(meaning)}</td></tr>`,
  );
  const allowed = permits ? `, permits ${spellPermissions(permits)}` : "";
  return `<details><summary>${escapeHtml(name)} [${index}] <code>${formatAddress(entry)}</code>${allowed}</summary>
${scrollable(
  `Fields of ${name}`,
  `<table><tr><th scope="col">bits</th><th scope="col">field</th><th scope="col">value</th><th scope="col">meaning</th></tr>${rows.join("")}</table>`,
)}</details>`;
}

function shadowTable({ rows, address, meaning }: InspectedShadow, of: bigint): string {
  const span = rows[1]!.address - rows[0]!.address;
  const lines = rows.map((row) => {
    const cells = row.bytes.map((byte, i) => {
      const start = row.address + (span / 16n) * BigInt(i);
      const own = start <= of && of < start + span / 16n;
      return `<td${own ? ' class="own"' : ""}>${spellByte(byte)}</td>`;
    });
    return `<tr><th scope="row"><code>${formatAddress(row.address)}</code></th>${cells.join("")}</tr>`;
  });
  const means = meaning?.meaning ?? "not mapped";
  return `<p>Shadow at <code>${formatAddress(address)}</code>: ${escapeHtml(means)}</p>${scrollable("Shadow", `<table>${lines.join("")}</table>`)}`;
}
