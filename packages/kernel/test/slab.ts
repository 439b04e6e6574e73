import { PhysicalMemory } from "@kasan/mmu";
import { KASAN_PAGE_FREE, PAGE_SIZE } from "@kasan/shadow";
import {
  BootRecord,
  BUDDY_STATE_BYTES,
  BuddyAllocator,
  Counters,
  DirectShadow,
  KasanSlab,
  type KmemCache,
  PAGE_STRUCT_BYTES,
  PageDescriptors,
  SlabAllocator,
} from "../src/index.ts";

const FRAMES = 1024;

/** A slab allocator on 4 MB of RAM, with KASAN or without, and nothing else of a machine. */
export function slabOnly({ kasan = true, cpus = 1 } = {}) {
  const memory = PhysicalMemory.allocate(FRAMES * PAGE_SIZE, FRAMES * (PAGE_SIZE / 8) + 16384);
  const pages = new PageDescriptors(memory, PAGE_SIZE, FRAMES, 0xffffea0000000000n);
  for (let pfn = 0; pfn < FRAMES; pfn++) pages.reserve(pfn);
  const shadow = new DirectShadow(memory, memory.size + 8192);
  const buddy = new BuddyAllocator(memory, memory.size, pages, {
    allocated: (pfn, order) => {
      shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, 0);
      return true;
    },
    freed: (pfn, order) => shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, KASAN_PAGE_FREE),
  });
  buddy.addRange(1 + (FRAMES * PAGE_STRUCT_BYTES) / PAGE_SIZE, FRAMES);
  const hooks = kasan ? new KasanSlab(memory, shadow) : undefined;
  const stateOffset = memory.size + BUDDY_STATE_BYTES + 8;
  const pageOffset = 0xffff888000000000n;
  const counters = new Counters(memory, memory.bytes - 4096);
  const allocator = new SlabAllocator(memory, pages, buddy, hooks, { cpus, pageOffset, stateOffset, counters });
  const record = new BootRecord(memory, memory.bytes - 2048, true);
  allocator.boot(record, () => buddy.allocate(0, 0x100) * PAGE_SIZE);
  const cache = (name: string) => [...allocator.all()].find((cache) => cache.name === name) as KmemCache;
  return { memory, pages, shadow, buddy, hooks, allocator, cache };
}
