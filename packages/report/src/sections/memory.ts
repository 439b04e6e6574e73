import { formatAddress, truncateAddress } from "@kasan/shadow";
import { BYTES_PER_ROW, checkAccess, isGuilty, legendOf, type ShadowContext } from "../facts/shadow.ts";
import { addressJson, byteHex, type HexJson } from "../json-parts.ts";
import { ADDRESS, BYTE, described, listOf, oneOf, record, TEXT } from "../json-schema.ts";
import { LEVEL, lines, type ReportLine } from "../line.ts";
import { hexToBigint } from "../parse/values.ts";
import { type AccessFields, untaggedAddress } from "./access.ts";
import type { LineRole, Section } from "./section.ts";

/** Rows shown before and after the one with the bad address (`META_ROWS_AROUND_ADDR`). */
const ROWS_AROUND = 2;

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

/** The place of the caret under the memory rows. */
export interface Caret {
  /** The granule that it points at: its first address. */
  readonly address: bigint;
  /** Whether it stands at the first digit of a byte. */
  readonly exact: boolean;
}

/** The shadow around the address. */
export interface MemoryFields {
  /** The rows of shadow. Absent if the address has none. */
  readonly memory?: MemoryState;
  /** The first address of the access whose memory is bad; the access's own address, untagged, by default. */
  readonly firstBad?: bigint;
  /** Read from a log: the address of the row marked `>`. */
  readonly guiltyRow?: bigint;
  /** Read from a log: the caret below that row. */
  readonly caret?: Caret;
}

/** The shadow around the first bad address, in JSON. */
export interface ShadowJson {
  /** The first bad address. */
  firstBad: HexJson;
  /** Bytes of memory in a granule: 8 or 16. */
  granule: number;
  /** Five rows. */
  rows: ShadowRowJson[];
}

/** A row of shadow in JSON. */
export interface ShadowRowJson {
  /** The address of the memory. */
  address: HexJson;
  /** Its 16 shadow bytes. */
  bytes: number[];
}

/** The shadow around the address, in JSON. */
export interface MemoryFieldsJson {
  /** The shadow. */
  shadow?: ShadowJson;
  /** The meaning of each shadow byte, by its hex digits. */
  legend?: Record<string, string>;
}

const TITLE = "Memory state around the buggy address:";
const ROW = /^>? ?([0-9a-f]{8,16}): ([0-9a-f]{2}(?: [0-9a-f]{2})*)(?: |$)/;
/** `>`, 16 digits, `: `: the column in which the bytes begin. */
const BYTE_COLUMN = 19;
/** Columns of a byte and the blank after it. */
const BYTE_COLUMNS = 3;

/** The rows of shadow, and the caret. */
export const memory: Section<ShadowContext & AccessFields> = {
  name: "memory",
  part: "memory",

  read(reading) {
    const { draft, frames } = reading;
    const rows: { address: bigint; bytes: number[] }[] = [];
    let byteColumn = BYTE_COLUMN;
    const granule = () => (rows.length > 1 && rows[1]!.address - rows[0]!.address === 256n ? 16 : 8);

    function readRow(text: string, line: string): LineRole | undefined {
      const match = reading.inMemory ? ROW.exec(text) : null;
      if (match === null) return undefined;
      const [, digits, bytes] = match as unknown as [string, string, string];
      // Mail can indent rows, but then indents the caret with them.
      byteColumn = line.indexOf(digits) + digits.length + 2;
      const address = hexToBigint(digits);
      rows.push({ address, bytes: bytesOf(bytes) });
      if (text.charCodeAt(0) === 0x3e) draft.guiltyRow ??= address;
      return "memory-row";
    }

    function readCaret(_: string, line: string): LineRole | undefined {
      const row = rows.at(-1);
      if (row === undefined || line.trim() !== "^") return undefined;
      const column = line.indexOf("^") - byteColumn;
      const index = Math.max(0, Math.floor(column / BYTE_COLUMNS));
      const address = row.address + BigInt(index) * BigInt(granule());
      draft.caret ??= { address, exact: column >= 0 && column % BYTE_COLUMNS === 0 };
      return "caret";
    }

    return {
      lines: {
        M(text) {
          if (!text.startsWith("Memory state around")) return undefined;
          reading.inMemory = true;
          frames.end();
          return "memory-title";
        },
        ">0123456789abcdef": readRow,
        "^": readCaret,
      },
      // The caret tells the first bad address, if that is not the accessed one.
      finish() {
        if (rows.length > 0) draft.memory = { rows, granule: granule() };
        const { access, caret } = draft;
        if (!caret?.exact || access === undefined || rows.length < 2) return;
        const address = untaggedAddress(access);
        const inside = address >= caret.address && address < caret.address + BigInt(granule());
        if (!inside) draft.firstBad = caret.address;
      },
    };
  },

  print(report) {
    return report.memory ? renderMemory(report.memory, firstBadOf(report)) : [];
  },

  json(report, to): MemoryFieldsJson {
    const { memory: state, firstBad, access, caret } = report;
    if (state === undefined) return {};
    const first = to.for === "run" ? firstBadOf(report) : (firstBad ?? access?.address ?? caret?.address);
    const bytes = (row: MemoryRow) => ({ address: addressJson(row.address), bytes: Array.from(row.bytes) });
    const legend = legendOf(report).map(({ byte, meaning }) => [byteHex(byte), meaning] as const);
    return {
      shadow: {
        firstBad: addressJson(first ?? state.rows[0]!.address),
        granule: state.granule,
        rows: state.rows.map(bytes),
      },
      ...(to.for === "explain" && legend.length > 0 && { legend: Object.fromEntries(legend) }),
    };
  },

  schema(use) {
    const bytes = { ...listOf(BYTE), maxItems: BYTES_PER_ROW };
    const rows = listOf(record({ address: ADDRESS, bytes }, ["address", "bytes"]));
    const legend = described("What each shadow byte means, by its two hex digits.", {
      type: "object",
      additionalProperties: TEXT,
    });
    return {
      shadow: described(
        "The shadow around the first bad address. `granule` is in bytes of memory, a row's address that of its memory.",
        record({ firstBad: ADDRESS, granule: oneOf(8, 16), rows }, ["firstBad", "granule", "rows"]),
      ),
      ...(use === "explain" && { legend }),
    };
  },

  unknown(report) {
    if (report.access?.kind === "Free" || checkAccess(report)?.allowed !== true) return [];
    return [
      "What the shadow was when KASAN looked: the rows allow the access; maybe another CPU changed them before they were printed.",
    ];
  },
};

/** The first bad address of a report. The rows and the caret are centred on it. */
function firstBadOf({ firstBad, access }: MemoryFields & AccessFields): bigint {
  return firstBad ?? (access ? untaggedAddress(access) : 0n);
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
    const address = truncateAddress(guilty + BigInt(row - ROWS_AROUND) * span);
    const bytes = Array.from({ length: BYTES_PER_ROW }, (_, i) => shadowAt(address + BigInt(i * granule)));
    return { address, bytes };
  });
  return { rows, granule };
}

/**
 * The column (from 0) of the caret under a guilty row: that of the first digit of the bad granule's byte. A row is `>`,
 * 16 digits, `: `, and then three columns for each byte.
 */
export function caretColumn(row: MemoryRow, granule: number, firstBad: bigint): number {
  return BYTE_COLUMN + Number((firstBad - row.address) / BigInt(granule)) * BYTE_COLUMNS;
}

/** The lines of the memory state: its title, its rows, and the caret below the guilty one. */
export function renderMemory({ rows, granule }: MemoryState, firstBad: bigint): ReportLine[] {
  const texts = rows.flatMap((row) => {
    const guilty = isGuilty(row, granule, firstBad);
    const bytes = Array.from(row.bytes, byteHex).join(" ");
    const text = `${guilty ? ">" : " "}${formatAddress(row.address)}: ${bytes}`;
    return guilty ? [text, `${" ".repeat(caretColumn(row, granule, firstBad))}^`] : [text];
  });
  return lines(LEVEL.ERR, TITLE, ...texts);
}

/** Bytes of two hex digits in lower case, with blanks between them; as many as a row has. */
function bytesOf(digits: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < digits.length && bytes.length < BYTES_PER_ROW; at += BYTE_COLUMNS) {
    bytes.push((digit(digits.charCodeAt(at)) << 4) | digit(digits.charCodeAt(at + 1)));
  }
  return bytes;
}

/** The value of a hexadecimal digit in lower case, by its character code. */
function digit(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
