/** An input that is being changed: bytes in a buffer that is as long as an input may become. */
export class Draft {
  /** The buffer; the input is its first {@link Draft.length} bytes. */
  readonly bytes: Uint8Array;
  /** The input's length. */
  length = 0;

  /** @param capacity - the most bytes that it can hold */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Bytes that it can still grow by. */
  get room(): number {
    return this.bytes.length - this.length;
  }

  /** Replaces all of it, by at most as much as it can hold. */
  set(input: Uint8Array): void {
    this.length = 0;
    this.overwrite(0, input);
  }

  /** Makes room for `count` bytes, of which there is enough, at `at`, 0 … length. They keep what was there. */
  open(at: number, count: number): void {
    this.bytes.copyWithin(at + count, at, this.length);
    this.length += count;
  }

  /** Inserts what fits of some bytes. */
  insert(at: number, bytes: Uint8Array): void {
    const fitting = bytes.length <= this.room ? bytes : bytes.subarray(0, this.room);
    this.open(at, fitting.length);
    this.bytes.set(fitting, at);
  }

  /** Writes what fits of some bytes over those at `at`, beyond the end as well. */
  overwrite(at: number, bytes: Uint8Array): void {
    const most = this.bytes.length - at;
    const fitting = bytes.length <= most ? bytes : bytes.subarray(0, most);
    this.bytes.set(fitting, at);
    this.length = Math.max(this.length, at + fitting.length);
  }

  /** Takes out `count` bytes from `at` on. */
  erase(at: number, count: number): void {
    this.bytes.copyWithin(at, at + count, this.length);
    this.length -= count;
  }

  /** A copy of the input. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
