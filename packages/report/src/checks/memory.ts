import { bugType, isSameBugType, type KernelVersion, meaningOf } from "@kasan/shadow";
import { BYTES_PER_ROW, isGuilty, shadowByteIn } from "../facts/shadow.ts";
import { byteHex } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize } from "../sections/access.ts";
import { type Check, hasTags, plainAddress, result, versionOf } from "./check.ts";

/** Whether the rows follow each other without gaps. */
export const rows: Check = (report) => {
  const { memory } = report;
  if (memory === undefined) return undefined;
  const span = BigInt(BYTES_PER_ROW * memory.granule);
  const gap = memory.rows.find((row, i) => i > 0 && row.address !== memory.rows[i - 1]!.address + span);
  if (gap)
    return result(
      report,
      "rows",
      false,
      "the rows of memory do not follow each other: one is damaged or missing",
      "memory-row",
    );
  const short = memory.rows.find(({ bytes }) => bytes.length !== BYTES_PER_ROW);
  if (short)
    return result(
      report,
      "rows",
      false,
      `a row of memory has ${short.bytes.length} bytes, not ${BYTES_PER_ROW}`,
      "memory-row",
    );
  return result(report, "rows", true, `${memory.rows.length} rows of memory follow each other`, "memory-row");
};

/** Whether the caret points at the address. Bytes before a bad one are fine, so it may stand further right. */
export const caret: Check = (report) => {
  const { memory, caret: place, access, guiltyRow } = report;
  const address = plainAddress(report);
  if (memory === undefined || place === undefined || access === undefined || address === undefined) return undefined;
  if (!place.exact)
    return result(report, "caret", false, "the caret stands between two bytes: blanks were lost or added", "caret");
  const granule = BigInt(memory.granule);
  const first = address - (address % granule);
  const size = accessSize(report) ?? 1n;
  const end = size > 1n << 62n ? address + 1n : address + size;
  const row = memory.rows.find((one) => isGuilty(one, memory.granule, place.address));
  if (guiltyRow !== undefined && row?.address !== guiltyRow) {
    return result(report, "caret", false, "the caret does not stand under the row that is marked", "caret");
  }
  const ok = place.address >= first && place.address < (end > first ? end : first + granule);
  return result(
    report,
    "caret",
    ok,
    ok ? "the caret points into the accessed bytes" : "the caret does not point into the accessed bytes",
    "caret",
  );
};

/** Whether the shadow under the caret is that of such a bug, by the legend of the kernel's version. */
export const shadow: Check = (report) => {
  const { memory, bugType: type, access } = report;
  if (memory === undefined || access === undefined || access.kind === "Free" || hasTags(report)) return undefined;
  const bad = report.caret?.address ?? report.firstBad ?? access.address;
  const byte = shadowByteIn(memory, bad);
  if (byte === undefined)
    return result(report, "shadow", false, "the memory that is shown is not around the address", "memory-row");
  const next = shadowByteIn(memory, bad + BigInt(memory.granule));
  const version = versionOf(report);
  const names = namesOf(byte, next, version, report);
  const shown = byteHex(byte);
  const { meaning } = meaningOf(byte, version ? { version } : {});
  // Distributions' kernels take wording from later versions.
  const ok = names.some((name) => isSameBugType(name, type));
  const message = ok
    ? `shadow ${shown} (${meaning}) is that of ${type}`
    : `shadow ${shown} (${meaning}) is not that of ${type} but of ${names[0]}: it changed while the report was made, or was copied wrongly`;
  return result(report, "shadow", ok, message, "caret");
};

/** The names that a kernel of that version can give to a bug with that shadow. */
function namesOf(
  byte: number,
  next: number | undefined,
  version: KernelVersion | undefined,
  report: ParsedReport,
): string[] {
  const facts = {
    address: report.access!.address,
    size: BigInt(report.access!.size ?? 1),
    shadow: byte,
    ...(next !== undefined && { nextShadow: next }),
    ...(version && { version }),
  };
  const names = new Set<string>([
    bugType({ ...facts, onStack: report.stack !== undefined }),
    bugType({ ...facts, onStack: true }),
  ]);
  return [...names];
}
