import { hex, spellAddress } from "@kasan/shadow";
import { findingJson } from "../finding/json.ts";
import type { Inspection } from "./inspect.ts";

/** An inspection as JSON; its schema is `@kasan/cli/schema/inspect.schema.json`. Shadow bytes that are not mapped are null. */
export function inspectJson(found: Inspection): Record<string, unknown> {
  const { address, untagged, region, describes, root, levels, reason, physical, shadow, verdict } = found;
  const { present, absence, pageBytes, permissions, memoryType } = found;
  return {
    address: spellAddress(address),
    ...(untagged !== address && { untagged: spellAddress(untagged) }),
    region: region.name,
    ...(describes !== undefined && { describes: spellAddress(describes) }),
    ...(root && {
      root: { register: root.register, ...(root.physical !== undefined && { physical: hex(root.physical) }) },
    }),
    levels: levels.map(({ name, index, entryAddress, entry, decoded, permits }) => ({
      name,
      index,
      entryAddress: hex(entryAddress),
      entry: hex(entry),
      kind: decoded.kind,
      ...(decoded.physical !== undefined && { physical: hex(decoded.physical) }),
      fields: decoded.fields.map(({ name, high, low, value, meaning }) => ({
        name,
        high,
        low,
        value: hex(value),
        ...(meaning !== undefined && { meaning }),
      })),
      ...(permits && { permits }),
    })),
    ...(physical === undefined
      ? { unmapped: reason ?? "not-present" }
      : { physical: hex(physical), present, ...(absence !== undefined && { absence }) }),
    ...(pageBytes !== undefined && { pageBytes, permissions, memoryType }),
    ...(shadow && {
      shadow: {
        address: spellAddress(shadow.address),
        bytes: shadow.bytes.map(byteOrNull),
        meaning: shadow.meaning?.meaning ?? "not mapped",
        ...(shadow.meaning?.name !== undefined && { name: shadow.meaning.name }),
        rows: shadow.rows.map((row) => ({ address: spellAddress(row.address), bytes: row.bytes.map(byteOrNull) })),
      },
    }),
    verdict: { kind: verdict.kind, ...(verdict.bug !== undefined && { bug: verdict.bug }), text: verdict.text },
    kernel: findingJson(found.finding),
  };
}

const byteOrNull = (byte: number) => (byte < 0 ? null : byte);
