import { PhysicalMemory } from "@kasan/mmu";
import { AREA_STATE_BYTES, AreaAllocator, RangePool } from "@kasan/vmalloc";

/** Maximum number of ranges in an explored machine. */
const RECORDS = 24;

/**
 * The trees of areas, free and in use. Code accesses them under one lock only, so a state stores them as a single number that
 * identifies their bytes.
 */
export class StoredAreas {
  /** The shipped allocator, over bytes set by {@link load}. */
  readonly allocator: AreaAllocator;
  private readonly bytes: Uint8Array;
  private readonly stored: Uint8Array[] = [];
  private readonly numbers = new Map<string, number>();

  /**
   * @param start - first address
   * @param end - last address
   */
  constructor(start: bigint, end: bigint) {
    const poolBytes = Math.ceil(RangePool.bytes(RECORDS) / 8) * 8;
    const memory = PhysicalMemory.allocate(0, poolBytes + AREA_STATE_BYTES);
    this.bytes = memory.u8;
    const state = new Uint32Array(memory.u8.buffer, poolBytes, AREA_STATE_BYTES / 4);
    this.allocator = new AreaAllocator(new RangePool(memory, 0, RECORDS), state, start, end);
    this.store();
  }

  /** The number of the current areas. */
  store(): number {
    const key = String.fromCharCode(...this.bytes);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.stored.push(this.bytes.slice()) - 1;
    this.numbers.set(key, number);
    return number;
  }

  /** Exports what the numbers stand for. */
  toData(): Uint8Array[] {
    return [...this.stored];
  }

  /** Imports data from {@link StoredAreas.toData}. */
  restore(data: readonly Uint8Array[]): void {
    for (const bytes of data) {
      this.bytes.set(bytes);
      this.store();
    }
  }

  /** Restores the areas that a number stands for. */
  load(number: number): void {
    this.bytes.set(this.stored[number]);
  }
}
