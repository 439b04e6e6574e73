import { escapeHtml, scrollable, terms } from "@kasan/html";
import { formatAddress } from "@kasan/shadow";
import type { InspectedShadow } from "../inspect/inspect.ts";
import { spellByte } from "../inspect/text.ts";

/** The shadow around an address, with what its bytes mean. */
export function shadowTable({ rows, address, meaning, legend }: InspectedShadow, of: bigint): string {
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
