import { type AllocationTags, type PhysicalMemory, TAG_GRANULE_BYTES } from "@kasan/mmu";
import { DirectShadow } from "../shadow/direct-map.ts";

/** The processor's tag storage, which takes the place of the shadow with hardware tags. Writes are announced to the TLB. */
export class TagStorage extends DirectShadow {
  private readonly tags: AllocationTags;

  /** @param table - maps values to the values actually written */
  constructor(ram: PhysicalMemory, tags: AllocationTags, table: Uint8Array) {
    super(ram, tags.base, table, TAG_GRANULE_BYTES);
    this.tags = tags;
  }

  protected override write(index: number, granules: number, value: number): void {
    super.write(index, granules, value);
    this.tags.uniform?.changed(index * TAG_GRANULE_BYTES, granules * TAG_GRANULE_BYTES);
  }
}
