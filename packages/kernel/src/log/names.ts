import type { PhysicalMemory } from "@kasan/mmu";
import { KernelError } from "../error.ts";
import { NO_LOCK, type SpinLock } from "../smp/lock.ts";

/** Bytes of the arena that a {@link NameTable} takes. */
export const NAMES_BYTES = 128 * 1024;
const HEADER = 8;

/**
 * Names and their numbers, from 0 in order of first mention, shared by all CPUs. In the arena: count u32, bytes used u32, then each
 * name: its length in bytes, u8, and its bytes. Names are never removed.
 */
export class NameTable {
  private readonly ram: PhysicalMemory;
  private readonly offset: number;
  private readonly u8: Uint8Array;
  private readonly head: Int32Array;
  private readonly lock: SpinLock;
  private readonly names: string[] = [];
  private readonly indices = new Map<string, number>();
  /** Offset of the first name that this view has not read yet. */
  private read = HEADER;

  /** @param offset - buffer offset of {@link NAMES_BYTES} bytes */
  constructor(ram: PhysicalMemory, offset: number, lock: SpinLock = NO_LOCK) {
    this.ram = ram;
    this.offset = offset;
    this.u8 = ram.u8.subarray(offset, offset + NAMES_BYTES);
    this.head = new Int32Array(ram.u8.buffer, offset, 2);
    this.lock = lock;
  }

  /**
   * The number of a name, adding it if it is new. At most 255 bytes.
   *
   * @throws {@link KernelError} `CONFIG` if the table is full
   */
  index(name: string): number {
    return this.indices.get(name) ?? this.add(name);
  }

  /** The name with a number; undefined if there is none. */
  name(index: number): string | undefined {
    if (index >= this.names.length) this.readNew();
    return this.names[index];
  }

  /** Reads names added by other CPUs. */
  private readNew(): void {
    const count = Atomics.load(this.head, 0);
    while (this.names.length < count) {
      const length = this.u8[this.read];
      const name = new TextDecoder().decode(this.u8.slice(this.read + 1, this.read + 1 + length));
      this.read += 1 + length;
      this.indices.set(name, this.names.length);
      this.names.push(name);
    }
  }

  private add(name: string): number {
    this.lock.acquire();
    try {
      this.readNew();
      const known = this.indices.get(name);
      if (known !== undefined) return known;
      const bytes = new TextEncoder().encode(name).subarray(0, 255);
      const used = this.head[1] || HEADER;
      if (used + 1 + bytes.length > NAMES_BYTES) {
        throw new KernelError("CONFIG", `too many names of kernel functions; there is room for ${NAMES_BYTES} bytes`);
      }
      this.ram.wrote(this.offset, HEADER);
      this.ram.wrote(this.offset + used, 1 + bytes.length);
      this.u8[used] = bytes.length;
      this.u8.set(bytes, used + 1);
      this.head[1] = used + 1 + bytes.length;
      Atomics.add(this.head, 0, 1);
      this.readNew();
      return this.names.length - 1;
    } finally {
      this.lock.release();
    }
  }
}
