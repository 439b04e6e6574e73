import { MmuError } from "./error.ts";
import type { WriteLog } from "./write-log.ts";

/** The most RAM there can be: TLB entries hold 32-bit buffer offsets. */
const MAX_BYTES = 2 ** 32;

/** Memory from which page tables can be read: RAM, or an image of RAM. */
export interface EntryMemory {
  /** Whether the 8 bytes at a physical address (any number, a multiple of 8) are there. */
  holds(physical: number): boolean;
  /** The 32-bit word, signed, at a physical address that {@link holds} or lies 4 behind one that does. */
  word(physical: number): number;
  /** Whether the `bytes` bytes (a multiple of 8) at a physical address are there, and are the same 8 again and again. */
  repeats(physical: number, bytes: number): boolean;
}

/** The processor's own ways to write much memory. */
interface Bulk {
  fill(at: number, value: number, bytes: number): void;
  copy(to: number, from: number, bytes: number): void;
}

/**
 * `(import "e" "m" (memory 0 65536 shared))`, `(func (export "fill") (param i32 i32 i32) local.get 0 1 2 memory.fill)`, and `copy` the same
 * with `memory.copy`.
 */
const BULK = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00],
  ...[0x02, 0x0b, 0x01, 0x01, 0x65, 0x01, 0x6d, 0x02, 0x03, 0x00, 0x80, 0x80, 0x04, 0x03, 0x03, 0x02, 0x00, 0x00],
  ...[0x07, 0x0f, 0x02, 0x04, 0x66, 0x69, 0x6c, 0x6c, 0x00, 0x00, 0x04, 0x63, 0x6f, 0x70, 0x79, 0x00, 0x01],
  ...[0x0a, 0x1a, 0x02],
  ...[0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0b, 0x00, 0x0b],
  ...[0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x00, 0x00, 0x0b],
);

/** These, if `memory` is one that wasm can have. */
function bulkOf(memory: { readonly buffer: ArrayBufferLike }): Bulk | undefined {
  if (!(memory instanceof WebAssembly.Memory) || memory.buffer instanceof ArrayBuffer) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(BULK), { e: { m: memory } });
  return exports as unknown as Bulk;
}

/**
 * RAM, and what lies behind it: typed arrays over one buffer. A physical address is an offset in the buffer.
 *
 *     0                      size                               bytes
 *     | RAM                  | arena (not physical memory)      |
 *
 * Any number of these, in any number of workers, may share a buffer: they hold no state of their own.
 */
export class PhysicalMemory implements EntryMemory {
  /** The buffer as bytes. */
  readonly u8: Uint8Array;
  /** The buffer as 16-bit words. */
  readonly u16: Uint16Array;
  /** The buffer as unsigned 32-bit words. */
  readonly u32: Uint32Array;
  /** The buffer as signed 32-bit words. */
  readonly i32: Int32Array;
  /** Bytes of RAM, a multiple of 4096. Physical addresses are below it. */
  readonly size: number;
  /** Bytes of the whole buffer, at least {@link size}. */
  readonly bytes: number;
  /** Where it is noted what is written, while somebody wants to know that. */
  writes: WriteLog | undefined;
  private readonly bulk: Bulk | undefined;

  /**
   * @param source A `WebAssembly.Memory`, which must not grow while it is used here, or anything else with a `buffer`.
   * @param size Bytes of RAM; the whole buffer by default.
   * @throws {@link MmuError} `BUFFER_SIZE` if `size` is not a multiple of 4096, or the buffer smaller or over 4 GiB.
   */
  constructor(source: { readonly buffer: ArrayBufferLike }, size: number = source.buffer.byteLength) {
    const { buffer } = source;
    if (!Number.isInteger(size) || size < 0 || size % 4096 !== 0) {
      throw new MmuError("BUFFER_SIZE", `RAM of ${size} bytes; give a multiple of 4096`);
    }
    if (size > buffer.byteLength || buffer.byteLength > MAX_BYTES) {
      const got = `${buffer.byteLength} bytes`;
      throw new MmuError("BUFFER_SIZE", `a buffer of ${got} for ${size} bytes of RAM; give ${size} bytes to 4 GiB`);
    }
    this.size = size;
    this.bytes = buffer.byteLength;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer, 0, buffer.byteLength >>> 1);
    this.u32 = new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    this.i32 = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    this.bulk = bulkOf(source);
  }

  /** Whether the 8 bytes at a physical address are RAM. */
  holds(physical: number): boolean {
    return physical + 8 <= this.size;
  }

  /** The 32-bit word, signed, at a physical address in RAM. */
  word(physical: number): number {
    return this.i32[physical >>> 2]!;
  }

  /** Notes that `bytes` bytes (at least 1) from a buffer offset on are written. Who writes by the typed arrays says so. */
  wrote(offset: number, bytes: number): void {
    if (this.writes !== undefined) this.writes.add(offset, bytes);
  }

  /**
   * Writes the page-table entry at a physical address. The low half, which says that it is valid, comes last, for CPUs
   * that walk at the same time: whoever finds it valid finds what was written before it.
   */
  storeEntry(physical: number, lo: number, hi: number): void {
    this.wrote(physical, 8);
    this.i32[(physical >>> 2) + 1] = hi;
    Atomics.store(this.i32, physical >>> 2, lo | 0);
  }

  /** Makes the page-table entry at a physical address one that maps nothing. */
  clearEntry(physical: number): void {
    this.wrote(physical, 8);
    Atomics.store(this.i32, physical >>> 2, 0);
    this.i32[(physical >>> 2) + 1] = 0;
  }

  /** Copies a page table, whose bytes are `size`, from one physical address to another. */
  copyTable(to: number, from: number, size: number): void {
    this.copy(to, from, size);
  }

  /** Whether bytes in RAM are the same 8 again and again. */
  repeats(physical: number, bytes: number): boolean {
    return physical + bytes <= this.size && repeatsInWords(this.i32, physical >>> 2, bytes >>> 2);
  }

  /**
   * Fills the bytes `from` up to `to` of the buffer with a byte. Of a `WebAssembly.Memory` many times as fast as the typed
   * array's own method, which writes shared memory a byte at a time.
   */
  fill(value: number, from: number, to: number): void {
    if (to <= from) return;
    this.wrote(from, to - from);
    if (this.bulk) this.bulk.fill(from, value, to - from);
    else this.u8.fill(value, from, to);
  }

  /** Copies `bytes` bytes (0 or more) of the buffer; the ranges may overlap. */
  copy(to: number, from: number, bytes: number): void {
    if (bytes <= 0) return;
    this.wrote(to, bytes);
    if (this.bulk) this.bulk.copy(to, from, bytes);
    else this.u8.copyWithin(to, from, from + bytes);
  }

  /** RAM in a new buffer of its own, with `arenaBytes` behind it. */
  static allocate(size: number, arenaBytes = 0): PhysicalMemory {
    return new PhysicalMemory({ buffer: new ArrayBuffer(size + arenaBytes) }, size);
  }
}

/** Whether `count` words from `first` on are the same two again and again. */
export function repeatsInWords(words: Int32Array, first: number, count: number): boolean {
  const lo = words[first]!;
  const hi = words[first + 1]!;
  for (let word = first + 2; word < first + count; word += 2) {
    if (words[word] !== lo || words[word + 1] !== hi) return false;
  }
  return true;
}

/** A region of the buffer that an arena handed out. */
export interface ArenaRegion {
  /** Buffer offset of its first byte. */
  readonly offset: number;
  /** Its size. */
  readonly bytes: number;
}

/** What a region of an arena has. */
export interface ReserveOptions {
  /** A power of two, of which the offset is a multiple; 16 by default. */
  readonly align?: number;
  /** Whether whoever writes it notes that ({@link PhysicalMemory.wrote}). False by default: right for what is small and written often. */
  readonly noted?: boolean;
}

/**
 * Hands out regions of the buffer behind RAM, one after the other, and takes none back. The same requests in the same
 * order get the same offsets.
 */
export class Arena {
  private next: number;
  private readonly end: number;
  private readonly silent: { offset: number; bytes: number }[] = [];

  /** Takes the bytes from `start` (the end of RAM by default) to `end` (that of the buffer by default). */
  constructor(memory: PhysicalMemory, start: number = memory.size, end: number = memory.bytes) {
    this.next = start;
    this.end = end;
  }

  /** Regions whose writes are not noted. Neighbours are one. */
  get unnoted(): readonly ArenaRegion[] {
    return this.silent;
  }

  /** Bytes not yet handed out. */
  get free(): number {
    return this.end - this.next;
  }

  /**
   * Reserves `bytes` bytes.
   *
   * @returns The region's buffer offset.
   * @throws {@link MmuError} `ARENA_FULL` if there is no room.
   */
  reserve(bytes: number, { align = 16, noted = false }: ReserveOptions = {}): number {
    const offset = Math.ceil(this.next / align) * align;
    if (offset + bytes > this.end) {
      const left = Math.max(0, this.end - offset);
      throw new MmuError("ARENA_FULL", `${bytes} bytes asked for, ${left} left behind RAM; make the buffer larger`);
    }
    if (!noted) this.addUnnoted(offset, bytes);
    this.next = offset + bytes;
    return offset;
  }

  private addUnnoted(offset: number, bytes: number): void {
    const last = this.silent.at(-1);
    if (last && last.offset + last.bytes === this.next) last.bytes = offset + bytes - last.offset;
    else this.silent.push({ offset, bytes });
  }
}
