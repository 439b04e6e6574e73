/** What a stream of LZO1X is doing wrong. */
const damaged = () => new Error("its compressed data is damaged");

/** No literals were copied since the last match, and enough that none is needed before a match. */
const NONE = 0;
const MANY = 4;

/**
 * Decompresses LZO1X, of which no kept library exists (Documentation/staging/lzo.rst of the kernel describes it). Throws an error if the
 * data is damaged, or holds other than `size` bytes.
 */
export function unlzo(input: Uint8Array, size: number): Uint8Array {
  const stream = new Lzo(input, size);
  stream.run();
  return stream.output;
}

class Lzo {
  readonly output: Uint8Array;
  private at = 0;
  private out = 0;
  /** How many literals were copied last: 0 to 3 after a match, or {@link MANY}. */
  private state = NONE;

  constructor(
    private readonly input: Uint8Array,
    size: number,
  ) {
    this.output = new Uint8Array(size);
  }

  run(): void {
    const first = this.input[0] ?? 0;
    if (first > 17) {
      this.at = 1;
      this.literals(first - 17);
      this.state = Math.min(first - 17, MANY);
    }
    while (this.instruction());
    if (this.out !== this.output.length) throw damaged();
  }

  /** Follows the next instruction. Returns whether it is not the last. */
  private instruction(): boolean {
    const code = this.byte();
    if (code >= 64) {
      this.match((code >> 5) + 1, (this.byte() << 3) + ((code >> 2) & 7) + 1, code & 3);
    } else if (code >= 32) {
      const length = 2 + this.length(code & 31, 31);
      const pair = this.pair();
      this.match(length, (pair >> 2) + 1, pair & 3);
    } else if (code >= 16) {
      const length = 2 + this.length(code & 7, 7);
      const pair = this.pair();
      const distance = 16_384 + ((code & 8) << 11) + (pair >> 2);
      if (distance === 16_384) return false;
      this.match(length, distance, pair & 3);
    } else if (this.state === NONE) {
      this.literals(3 + this.length(code, 15));
      this.state = MANY;
    } else {
      const [length, nearest] = this.state === MANY ? [3, 2049] : [2, 1];
      this.match(length, (this.byte() << 2) + (code >> 2) + nearest, code & 3);
    }
    return true;
  }

  private byte(): number {
    const byte = this.input[this.at++];
    if (byte === undefined) throw damaged();
    return byte;
  }

  private pair(): number {
    return this.byte() | (this.byte() << 8);
  }

  /** A length that did not fit into an instruction: 0 there. It is bounded by what is left of the input. */
  private length(short: number, most: number): number {
    if (short > 0) return short;
    let length = most;
    let byte = this.byte();
    for (; byte === 0; byte = this.byte()) length += 255;
    return length + byte;
  }

  private literals(count: number): void {
    if (this.at + count > this.input.length || this.out + count > this.output.length) throw damaged();
    this.output.set(this.input.subarray(this.at, this.at + count), this.out);
    this.at += count;
    this.out += count;
  }

  /** Copies what was there before, which may overlap with what it becomes, then up to three literals. */
  private match(length: number, distance: number, literals: number): void {
    const { output } = this;
    const end = this.out + length;
    if (distance > this.out || end > output.length) throw damaged();
    for (let i = this.out; i < end; i++) output[i] = output[i - distance]!;
    this.out = end;
    this.literals(literals);
    this.state = literals;
  }
}
