/** A growing byte buffer with the encodings of the WebAssembly binary format. */
export class Writer {
  private buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  private reserve(count: number): void {
    const need = this.length + count;
    if (need <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(need, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  /** The bytes so far; a view, valid until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  u8(value: number): this {
    this.reserve(1);
    this.buffer[this.length++] = value;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** Appends bytes `from` to `to` of `source` without creating a view. */
  range(source: Uint8Array, from: number, to: number): this {
    this.reserve(to - from);
    const { buffer } = this;
    if (to - from > 32) buffer.set(source.subarray(from, to), this.length);
    else for (let i = from, o = this.length; i < to; i++, o++) buffer[o] = source[i];
    this.length += to - from;
    return this;
  }

  u32(value: number): this {
    this.reserve(5);
    while (value >= 0x80) {
      this.buffer[this.length++] = (value & 0x7f) | 0x80;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
    return this;
  }

  /** Appends a signed 32-bit number. */
  s32(value: number): this {
    value |= 0;
    this.reserve(5);
    for (;;) {
      const byte = value & 0x7f;
      value >>= 7;
      if ((value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0)) {
        this.buffer[this.length++] = byte;
        return this;
      }
      this.buffer[this.length++] = byte | 0x80;
    }
  }

  /** Appends a signed 64-bit number. */
  s64(value: bigint): this {
    value = BigInt.asIntN(64, value);
    this.reserve(10);
    for (;;) {
      const byte = Number(value & 0x7fn);
      value >>= 7n;
      if ((value === 0n && (byte & 0x40) === 0) || (value === -1n && (byte & 0x40) !== 0)) {
        this.buffer[this.length++] = byte;
        return this;
      }
      this.buffer[this.length++] = byte | 0x80;
    }
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u32(bytes.length).raw(bytes);
  }

  /** Appends a section: its id, the size of its content, its content. */
  section(id: number, content: Writer): this {
    return this.u8(id).u32(content.length).raw(content.bytes);
  }
}
