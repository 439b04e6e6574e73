import { GuestError } from "../error.ts";

/** A cursor over the bytes of a WebAssembly module. Every read is checked; reading past the end throws `WASM_MALFORMED`. */
export class Reader {
  readonly bytes: Uint8Array;
  position: number;
  end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  fail(what: string, at = this.position): never {
    throw new GuestError("WASM_MALFORMED", `not a usable WebAssembly module: ${what} at byte ${at}`);
  }

  u8(): number {
    if (this.position >= this.end) this.fail("the bytes break off");
    return this.bytes[this.position++];
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) this.fail("a number does not fit 32 bits");
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
    return this.fail("a number does not end");
  }

  /** A signed LEB128 number of at most 64 bits (`bits`: 33 for a block type, 32 or 64 for a constant). */
  signed(bits: number): bigint {
    let result = 0n;
    const most = Math.ceil(bits / 7);
    for (let i = 0; i < most; i++) {
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asIntN(7 * (i + 1), result);
    }
    return this.fail("a number does not end");
  }

  /** Skips a LEB128 number of at most `bits` bits without computing it. */
  skipLeb(bits: number): void {
    const most = Math.ceil(bits / 7);
    for (let i = 0; i < most; i++) if (this.u8() < 0x80) return;
    this.fail("a number does not end");
  }

  /** An unsigned LEB128 number of at most 64 bits. */
  u64(): bigint {
    let result = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, result);
    }
    return this.fail("a number does not end");
  }

  skip(count: number): void {
    if (count > this.end - this.position) this.fail("the bytes break off");
    this.position += count;
  }

  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, this.position);
  }

  name(): string {
    return utf8.decode(this.take(this.u32()));
  }

  /** The number of elements of a vector. Each takes at least one byte, so a larger number is invalid. */
  count(): number {
    const at = this.position;
    const count = this.u32();
    if (count > this.end - this.position) this.fail("a vector longer than the file", at);
    return count;
  }
}

const utf8 = new TextDecoder();
