import xxhash from "xxhash-wasm";
import type { Compression } from "./compression.ts";

/** Of a frame, and of the older form that `lz4 -l` and kernels write. */
const FRAME = 0x184d2204;
const LEGACY = 0x184c2102;
/** Skippable frames: the low four bits are the writer's. */
const SKIPPABLE = 0x184d2a50;
/** Bytes of a block of the older form. */
const LEGACY_BLOCK = 2 ** 23;
/** How far back a block can refer to what was before. */
const HISTORY = 65_536;

const damaged = () => new Error("its compressed data is damaged");
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** LZ4's frames (lz4_Frame_format.md), of which no kept library for Node.js and browsers verifies the checksums. */
export const lz4: Compression = {
  name: "LZ4",
  recognises(head) {
    const magic = viewOf(head).getUint32(0, true);
    return magic === FRAME || magic === LEGACY;
  },
  stream: unlz4,
};

async function* unlz4(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new Input(chunks);
  const hash = await xxhash();
  while (!input.isAtEnd()) {
    const magic = input.word();
    if (magic === FRAME) yield* frame(input, hash);
    else if (magic === LEGACY) yield* legacy(input);
    else if ((magic & ~15) >>> 0 === SKIPPABLE) input.skip(input.word());
    else throw damaged();
  }
}

type Hash = Awaited<ReturnType<typeof xxhash>>;

function* frame(input: Input, { create32, h32Raw }: Hash): Generator<Uint8Array> {
  const descriptor = input.take(2).slice();
  const [flags, sizes] = [descriptor[0]!, descriptor[1]!];
  const blockBytes = 2 ** (8 + 2 * ((sizes >> 4) & 7));
  const [sized, withDictionary] = [(flags & 8) !== 0, (flags & 1) !== 0];
  const rest = input.take(sized ? 8 : 0).slice();
  if (flags >> 6 !== 1 || blockBytes < 65_536 || withDictionary) throw damaged();
  const header = new Uint8Array([...descriptor, ...rest]);
  if (input.take(1)[0] !== ((h32Raw(header) >>> 8) & 0xff)) throw damaged();

  const output = new Output(blockBytes);
  const content = create32();
  for (let size = input.word(); size !== 0; size = input.word()) {
    const plain = size >= 2 ** 31;
    const length = plain ? size - 2 ** 31 : size;
    if (length > blockBytes) throw damaged();
    const data = input.take(length);
    const block = plain ? output.copy(data) : output.decompress(data);
    if (flags & 16 && input.wordAfter(data, h32Raw) === false) throw damaged();
    content.update(block);
    yield block;
  }
  if (flags & 4 && input.word() !== content.digest() >>> 0) throw damaged();
}

/** Blocks that each hold 8 MiB, but for the last one, up to the end or to another frame. */
function* legacy(input: Input): Generator<Uint8Array> {
  const output = new Output(LEGACY_BLOCK);
  while (!input.isAtEnd()) {
    const size = input.word();
    if (size === LEGACY) continue;
    if (size > 2 * LEGACY_BLOCK) throw damaged();
    output.forget();
    yield output.decompress(input.take(size));
  }
}

/** Bytes that come in pieces, taken as they are needed. */
class Input {
  private readonly chunks: Iterator<Uint8Array>;
  private chunk = new Uint8Array(0);
  private at = 0;

  constructor(chunks: Iterable<Uint8Array>) {
    this.chunks = chunks[Symbol.iterator]();
  }

  isAtEnd(): boolean {
    while (this.at === this.chunk.length) {
      const next = this.chunks.next();
      if (next.done) return true;
      this.chunk = next.value as Uint8Array<ArrayBuffer>;
      this.at = 0;
    }
    return false;
  }

  /** The next bytes, which stay until the next call. */
  take(size: number): Uint8Array {
    if (this.at + size <= this.chunk.length) {
      this.at += size;
      return this.chunk.subarray(this.at - size, this.at);
    }
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      if (this.isAtEnd()) throw damaged();
      const part = this.chunk.subarray(this.at, this.at + size - done);
      bytes.set(part, done);
      done += part.length;
      this.at += part.length;
    }
    return bytes;
  }

  word(): number {
    return viewOf(this.take(4)).getUint32(0, true);
  }

  /** Whether the next word is the checksum of some bytes. */
  wordAfter(bytes: Uint8Array, checksum: (bytes: Uint8Array) => number): boolean {
    const expected = checksum(bytes) >>> 0;
    return this.word() === expected;
  }

  skip(size: number): void {
    for (let left = size; left > 0; left -= Math.min(left, 65_536)) this.take(Math.min(left, 65_536));
  }
}

/** What was decompressed: a block, and before it what it can refer to. */
class Output {
  private readonly bytes: Uint8Array;
  private end = 0;

  constructor(private readonly blockBytes: number) {
    this.bytes = new Uint8Array(HISTORY + blockBytes);
  }

  /** The next block refers to nothing before it. */
  forget(): void {
    this.end = 0;
  }

  /** A block that is not compressed. */
  copy(data: Uint8Array): Uint8Array {
    const start = this.begin();
    this.bytes.set(data, start);
    this.end = start + data.length;
    return this.bytes.subarray(start, this.end);
  }

  /** Decompresses a block (lz4_Block_format.md): tokens, each of literals and of a copy of what was before. */
  decompress(data: Uint8Array): Uint8Array {
    const { bytes } = this;
    const start = this.begin();
    const limit = start + this.blockBytes;
    let at = 0;
    let out = start;
    const length = (nibble: number) => {
      let sum = nibble;
      for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) {
        byte = data[at++]!;
        if (byte === undefined) throw damaged();
      }
      return sum;
    };
    while (at < data.length) {
      const token = data[at++]!;
      const literals = length(token >> 4);
      if (at + literals > data.length || out + literals > limit) throw damaged();
      bytes.set(data.subarray(at, at + literals), out);
      at += literals;
      out += literals;
      // The last token has no copy.
      if (at === data.length) break;
      const distance = data[at]! | (data[at + 1]! << 8);
      at += 2;
      const end = out + 4 + length(token & 15);
      if (distance === 0 || distance > out || end > limit) throw damaged();
      if (out + distance >= end) bytes.copyWithin(out, out - distance, end - distance);
      else for (let i = out; i < end; i++) bytes[i] = bytes[i - distance]!;
      out = end;
    }
    this.end = out;
    return bytes.subarray(start, out);
  }

  /** Makes room for a block: keeps what it can refer to, at the start. Returns where it starts. */
  private begin(): number {
    const kept = Math.min(this.end, HISTORY);
    this.bytes.copyWithin(0, this.end - kept, this.end);
    return kept;
  }
}
