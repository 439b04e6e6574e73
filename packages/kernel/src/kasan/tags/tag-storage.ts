import { type AllocationTags, type PhysicalMemory, TAG_GRANULE_BYTES } from "@kasan/mmu";
import { DirectShadow } from "../shadow/direct-map.ts";

/** The shadow with hardware tags, which is the processor's tag storage: what it writes, the TLB is told of. */
export class TagStorage extends DirectShadow {
  private readonly tags: AllocationTags;

  /** @param table - what is written in place of each value */
  constructor(ram: PhysicalMemory, tags: AllocationTags, table: Uint8Array) {
    super(ram, tags.base, table, TAG_GRANULE_BYTES);
    this.tags = tags;
  }

  override setByte(address: number, value: number): void {
    super.setByte(address, value);
    this.tags.uniform?.changed(address, 1);
  }

  protected override fill(at: number, granules: number, value: number): void {
    super.fill(at, granules, value);
    this.tags.uniform?.changed((at - this.tags.base) * TAG_GRANULE_BYTES, granules * TAG_GRANULE_BYTES);
  }
}
