import {
  type Cell,
  dataTable,
  escapeHtml,
  mark,
  page,
  type Section,
  scrollable,
  sections,
  type Tone,
  terms,
} from "@kasan/html";
import { DEFAULT_STYLE, type ReportStyle } from "@kasan/report";
import { formatAddress } from "@kasan/shadow";
import type { InspectedLevel, InspectedShadow, Inspection } from "../inspect/inspect.ts";
import { inspectText, spellByte, spellPermissions } from "../inspect/text.ts";
import type { Verdict } from "../inspect/verdict.ts";
import { IMAGE_STYLE } from "./style.ts";

const TONES: Readonly<Record<Verdict["kind"], Tone>> = {
  allowed: "good",
  reported: "bad",
  fault: "alarm",
  unchecked: "quiet",
};

/** Inspections as one page: the verdict on each address, then how it came about. `style` names a page's flags: see {@link styleOf}. */
export function inspectHtml(found: readonly Inspection[], title: string, style: ReportStyle = DEFAULT_STYLE): string {
  const parts = found.map((one, index) => part(one, index, style));
  const verdicts = found.length > 1 ? `${dataTable("Verdicts", verdictRows(found))}\n` : "";
  return page(title, `${verdicts}${sections(parts, { contents: false })}`, IMAGE_STYLE);
}

const idOf = (index: number) => `address-${index + 1}`;

function verdictRows(found: readonly Inspection[]): Cell[][] {
  const rows = found.map(({ address, region, verdict }, i) => [
    { text: formatAddress(address), href: `#${idOf(i)}` },
    { text: verdict.text, tone: TONES[verdict.kind] },
    region.name,
  ]);
  return [["address", "verdict", "region"], ...rows];
}

function part(found: Inspection, index: number, style: ReportStyle): Section {
  const { address, levels, shadow, untagged, verdict } = found;
  const body = `<p class="verdict">${mark(TONES[verdict.kind], verdict.text)}</p>
<p>${escapeHtml(whereabouts(found))}</p>
${levels.map((level) => levelTable(level, address)).join("\n")}
${shadow ? shadowTable(shadow, untagged) : ""}
<details><summary>As text</summary><pre tabindex="0">${escapeHtml(inspectText(found, style))}</pre></details>`;
  return { title: formatAddress(address), id: idOf(index), body };
}

function whereabouts({ region, physical, pageBytes, permissions, memoryType, reason }: Inspection): string {
  const name = `${region.name.charAt(0).toUpperCase()}${region.name.slice(1)}`;
  if (physical === undefined) return `${name}, ${reason === "no-root" ? "of unknown page tables" : "not mapped"}.`;
  return `${name}, physical 0x${physical.toString(16)}: ${pageBytes! / 1024}K page, ${spellPermissions(permissions!)}, ${memoryType}.`;
}

function levelTable({ name, index, entry, decoded, permits }: InspectedLevel, address: bigint): string {
  const rows = decoded.fields.map((field) => [
    field.name,
    field.high === field.low ? `${field.low}` : `${field.high}-${field.low}`,
    `0x${field.value.toString(16)}`,
    field.meaning ?? "",
  ]);
  const allowed = permits ? `, permits ${spellPermissions(permits)}` : "";
  const label = `Fields of ${name} of ${formatAddress(address)}`;
  return `<details><summary>${escapeHtml(name)} [${index}] <code>${formatAddress(entry)}</code>${allowed}</summary>
${dataTable(label, [["field", "bits", "value", "meaning"], ...rows])}</details>`;
}

function shadowTable({ rows, address, meaning, legend }: InspectedShadow, of: bigint): string {
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
  const unmapped = rows.some(({ bytes }) => bytes.some((byte) => byte < 0));
  const key = [
    ...legend.map(({ byte, name, meaning }) => ({
      term: `<code>${spellByte(byte)}</code>`,
      meaning: `${escapeHtml(meaning)}${name ? ` <span class="dim">${name}</span>` : ""}`,
    })),
    ...(unmapped ? [{ term: `<code>${spellByte(-1)}</code>`, meaning: "not mapped" }] : []),
  ];
  return `<p>Shadow at <code>${formatAddress(address)}</code>: ${escapeHtml(means)}</p>
${scrollable(`Shadow around ${formatAddress(of)}`, `<table class="shadow">${lines.join("")}</table>`)}
${key.length > 0 ? terms(key) : ""}`;
}
