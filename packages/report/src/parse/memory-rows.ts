import type { MemoryState } from "../memory.ts";
import { type Access, untaggedAddress } from "../model.ts";
import { hexToBigint } from "./page.ts";
import type { LineRole, ParsedCaret } from "./parsed.ts";

const ROW = /^>? ?([0-9a-f]{8,16}): ([0-9a-f]{2}(?: [0-9a-f]{2})*)(?: |$)/;

/** What the rows say. */
interface MemoryFields {
  memory?: MemoryState;
  guiltyRow?: bigint;
  caret?: ParsedCaret;
  firstBad?: bigint;
}

/** Reads the rows of shadow at a report's end, and the caret below one of them. */
export class MemoryReader {
  private readonly rows: { address: bigint; bytes: number[] }[] = [];
  /** Where in a line the bytes begin. */
  private byteColumn = 19;
  private guiltyRow: bigint | undefined;
  private caret: ParsedCaret | undefined;

  /** Reads a row: the line, and the line without blanks around it. */
  readRow(text: string, line: string): LineRole | undefined {
    const match = ROW.exec(text);
    if (match === null) return undefined;
    // Mail can indent rows, but then indents the caret with them.
    this.byteColumn = line.indexOf(match[1]!) + match[1]!.length + 2;
    const address = hexToBigint(match[1]!);
    const digits = match[2]!;
    const bytes: number[] = [];
    for (let at = 0; at < digits.length && bytes.length < 16; at += 3) {
      bytes.push((digit(digits.charCodeAt(at)) << 4) | digit(digits.charCodeAt(at + 1)));
    }
    this.rows.push({ address, bytes });
    if (text.charCodeAt(0) === 62) this.guiltyRow ??= address;
    return "memory-row";
  }

  /** Reads the line below the guilty row. */
  readCaret(line: string): LineRole | undefined {
    const row = this.rows.at(-1);
    if (row === undefined || line.trim() !== "^") return undefined;
    const column = line.indexOf("^") - this.byteColumn;
    const index = Math.max(0, Math.floor(column / 3));
    const address = row.address + BigInt(index) * BigInt(this.granule());
    this.caret ??= { address, exact: column >= 0 && column % 3 === 0 };
    return "caret";
  }

  private granule(): 8 | 16 {
    const [first, second] = this.rows;
    return first && second && second.address - first.address === 256n ? 16 : 8;
  }

  /** What was read. The caret tells the first bad address, if that is not the accessed one. */
  finish(access: Access | undefined): MemoryFields {
    const { rows, guiltyRow, caret } = this;
    const fields: MemoryFields = {};
    if (rows.length > 0) fields.memory = { rows, granule: this.granule() };
    if (guiltyRow !== undefined) fields.guiltyRow = guiltyRow;
    if (caret === undefined) return fields;
    fields.caret = caret;
    if (access && rows.length > 1) {
      const address = untaggedAddress(access);
      const inside = address >= caret.address && address < caret.address + BigInt(this.granule());
      if (caret.exact && !inside) fields.firstBad = caret.address;
    }
    return fields;
  }
}

/** The value of a hexadecimal digit in lower case, by its character code. */
function digit(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
