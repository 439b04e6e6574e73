import { PhysicalMemory } from "@kasan/mmu";
import { KASAN_PAGE_FREE, PAGE_SIZE } from "@kasan/shadow";
import {
  BootRecord,
  BUDDY_STATE_BYTES,
  BuddyAllocator,
  Counters,
  DirectShadow,
  GenericObjectHooks,
  type KmemCache,
  mechanismsBut,
  NO_OBJECT_HOOKS,
  PAGE_STRUCT_BYTES,
  PageDescriptors,
  SlabAllocator,
  type SlabClient,
  type TrackWriter,
} from "../src/parts.ts";

const FRAMES = 1024;

/** Options of a slab allocator under test. */
export interface SlabOnly {
  readonly kasan?: boolean;
  readonly cpus?: number;
  readonly construct?: SlabClient["construct"];
  readonly errors?: SlabClient["errors"];
  readonly tracks?: TrackWriter;
}

const NO_TRACKS: TrackWriter = { save() {}, stack: () => 0 };

/** A slab allocator on 4 MB of RAM, with or without KASAN, and nothing else of a machine. */
export function slabOnly(options: SlabOnly = {}) {
  const { kasan = true, cpus = 1, construct = () => {}, tracks = NO_TRACKS } = options;
  const memory = PhysicalMemory.allocate(FRAMES * PAGE_SIZE, FRAMES * (PAGE_SIZE / 8) + 16384);
  const pages = new PageDescriptors(memory, PAGE_SIZE, FRAMES, 0xffffea0000000000n);
  for (let pfn = 0; pfn < FRAMES; pfn++) pages.reserve(pfn);
  const shadow = new DirectShadow(memory, memory.size + 8192);
  const buddy = new BuddyAllocator(memory, memory.size, pages, {
    hooks: {
      allocated: (pfn, order) => {
        shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, 0);
        return true;
      },
      freed: (pfn, order) => shadow.poison(pfn * PAGE_SIZE, PAGE_SIZE << order, KASAN_PAGE_FREE),
    },
  });
  buddy.addRange(1 + (FRAMES * PAGE_STRUCT_BYTES) / PAGE_SIZE, FRAMES);
  const parts = { ram: memory, shadow, tracks, quarantine: undefined, mechanisms: mechanismsBut() };
  const hooks = kasan ? new GenericObjectHooks(parts) : undefined;
  const stateOffset = memory.size + BUDDY_STATE_BYTES + 8;
  const pageOffset = 0xffff888000000000n;
  const counters = new Counters(memory, memory.bytes - 4096);
  const allocator: SlabAllocator = new SlabAllocator(memory, pages, buddy, hooks ?? NO_OBJECT_HOOKS, {
    ...{ cpus, pageOffset, stateOffset, counters },
    client: { construct, ...(options.errors && { errors: options.errors }) },
  });
  const record = new BootRecord(memory, memory.bytes - 2048, true);
  allocator.boot(record, () => buddy.allocate(0, 0x100) * PAGE_SIZE);
  const cache = (name: string) => [...allocator.all()].find((cache) => cache.name === name) as KmemCache;
  return { memory, pages, shadow, buddy, hooks, allocator, cache };
}
