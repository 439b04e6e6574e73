import { formatAddress } from "@kasan/shadow";
import { LEVEL, lines, type ReportLine } from "./line.ts";

/** Shadow bytes in a row (`META_BYTES_PER_ROW` in `mm/kasan/kasan.h`). */
export const BYTES_PER_ROW = 16;

/** Rows shown before and after the one with the bad address (`META_ROWS_AROUND_ADDR`). */
export const ROWS_AROUND = 2;

/** One row: 16 granules of memory. */
export interface MemoryRow {
  /** The address of the memory, not of its shadow. */
  readonly address: bigint;
  /** Its 16 shadow bytes. */
  readonly bytes: ArrayLike<number>;
}

/** The shadow around the first bad address. */
export interface MemoryState {
  /** Five rows, ascending; an incomplete log can hold fewer. */
  readonly rows: readonly MemoryRow[];
  /** Bytes of memory in a granule: 8 in generic mode, 16 in tag-based modes. */
  readonly granule: 8 | 16;
}

/**
 * The five rows around `firstBad` (untagged), as `print_memory_metadata` in `mm/kasan/report.c` chooses them.
 *
 * @param shadowAt The shadow byte of a granule's first address.
 */
export function memoryStateAround(
  firstBad: bigint,
  granule: 8 | 16,
  shadowAt: (address: bigint) => number,
): MemoryState {
  const span = BigInt(BYTES_PER_ROW * granule);
  const guilty = firstBad - (firstBad % span);
  const rows = Array.from({ length: 2 * ROWS_AROUND + 1 }, (_, row) => {
    const address = BigInt.asUintN(64, guilty + BigInt(row - ROWS_AROUND) * span);
    const bytes = Array.from({ length: BYTES_PER_ROW }, (_, i) => shadowAt(address + BigInt(i * granule)));
    return { address, bytes };
  });
  return { rows, granule };
}

/** Whether `row` is the one that describes `firstBad`, which is printed after a `>`. */
export function isGuilty(row: MemoryRow, granule: number, firstBad: bigint): boolean {
  return row.address <= firstBad && firstBad < row.address + BigInt(BYTES_PER_ROW * granule);
}

/**
 * The column (from 0) of the caret under a guilty row: that of the first digit of the bad granule's byte. A row is `>`,
 * 16 digits, `: `, and then three columns for each byte.
 */
export function caretColumn(row: MemoryRow, granule: number, firstBad: bigint): number {
  return 3 + 16 + Number((firstBad - row.address) / BigInt(granule)) * 3;
}

/** The lines of the memory state: its title, its rows, and the caret below the guilty one. */
export function renderMemory({ rows, granule }: MemoryState, firstBad: bigint): ReportLine[] {
  const texts = rows.flatMap((row) => {
    const guilty = isGuilty(row, granule, firstBad);
    const bytes = Array.from(row.bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = `${guilty ? ">" : " "}${formatAddress(row.address)}: ${bytes}`;
    return guilty ? [text, `${" ".repeat(caretColumn(row, granule, firstBad))}^`] : [text];
  });
  return lines(LEVEL.ERR, "Memory state around the buggy address:", ...texts);
}
