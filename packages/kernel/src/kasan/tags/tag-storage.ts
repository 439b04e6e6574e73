import { type AllocationTags, type PhysicalMemory, TAG_GRANULE_BYTES } from "@kasan/mmu";
import { DirectShadow } from "../shadow/direct-map.ts";

/** The shadow with hardware tags, which is the processor's tag storage: the TLB is told of what is written. */
export class TagStorage extends DirectShadow {
  private readonly tags: AllocationTags;

  /** @param table - what is written in place of each value */
  constructor(ram: PhysicalMemory, tags: AllocationTags, table: Uint8Array) {
    super(ram, tags.base, table, TAG_GRANULE_BYTES);
    this.tags = tags;
  }

  protected override write(index: number, granules: number, value: number): void {
    super.write(index, granules, value);
    this.tags.uniform?.changed(index * TAG_GRANULE_BYTES, granules * TAG_GRANULE_BYTES);
  }
}
