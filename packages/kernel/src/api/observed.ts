import { framesOf } from "../log/frames.ts";
import { join, sizeOf } from "../mm/guest-memory.ts";
import { PAGE_STRUCT_BYTES } from "../mm/page-descriptors.ts";
import type { ApiMachine } from "./machine.ts";
import type { MemoryEvent, MemorySink } from "./memory-events.ts";
import type { KernelFunction, KernelFunctions } from "./signature.ts";

/** The parts of a machine that events are made from. */
type ObservedMachine = Pick<
  ApiMachine,
  "architecture" | "clock" | "cpu" | "directMap" | "guestMemory" | "pages" | "slab" | "stacks" | "symbols"
>;

/** The halves of a pointer, or of a size, among arguments. */
const at = (args: readonly number[], index: number): [low: number, high: number] => [args[index]!, args[index + 1]!];

/** The bytes that a call asks for, by its arguments. */
type Size = (args: readonly number[], machine: ObservedMachine) => number;
const size =
  (index: number): Size =>
  (args) =>
    sizeOf(...at(args, index));
const order =
  (index: number): Size =>
  (args, { pages }) =>
    2 ** (pages.pageShift + (args[index]! >>> 0));
const sizeOfCache: Size = (args, { slab, directMap }) =>
  slab.allocator.findCache(directMap.physical(...at(args, 0)))?.objectSize ?? 0;

/** Functions that return memory, and what they are asked for. */
const ALLOCATIONS: Readonly<Record<string, Size>> = {
  __kmalloc_noprof: size(0),
  __kmalloc_node_noprof: size(0),
  __kmalloc_node_track_caller_noprof: size(0),
  kasan_guest_kmalloc_cache: size(0),
  kasan_guest_kmalloc_cache_node: size(0),
  __kmalloc_cache_noprof: size(3),
  __kmalloc_cache_node_noprof: size(4),
  kmem_cache_alloc_noprof: sizeOfCache,
  vmalloc_noprof: size(0),
  vzalloc_noprof: size(0),
  __vmalloc_noprof: size(0),
  __vmalloc_node_noprof: size(0),
  alloc_pages_noprof: order(1),
  get_free_pages_noprof: order(1),
  get_zeroed_page_noprof: (_, { pages }) => 2 ** pages.pageShift,
};

/** Functions that free memory, and where among their arguments the pointer is. */
const FREES: Readonly<Record<string, number>> = {
  kfree: 0,
  kfree_sensitive: 0,
  kmem_cache_free: 2,
  vfree: 0,
  vunmap: 0,
  __free_pages: 0,
  free_pages: 0,
  put_page: 0,
  __folio_put: 0,
};

/** Functions whose pointers are those of page descriptors. */
const OF_PAGES = new Set(["alloc_pages_noprof", "__free_pages", "put_page", "__folio_put"]);

/** Functions that free a page with its last reference only. */
const COUNTED = new Set(["__free_pages", "free_pages", "put_page"]);

/** Calls a function, and tells what it does. */
type Observer = (events: Events, args: number[], call: KernelFunction["call"]) => unknown;

const allocates =
  (name: string, asked: Size): Observer =>
  (events, args, call) => {
    const bytes = asked(args, events.machine);
    const low = call(...args) as number;
    events.allocation(name, events.result(low), bytes);
    return low;
  };

const frees =
  (name: string, index: number): Observer =>
  (events, args, call) => {
    events.free(name, at(args, index));
    return call(...args);
  };

/** krealloc moves an object, frees it, or leaves it where it is, with another size. */
const reallocates: Observer = (events, args, call) => {
  const [pointer, bytes] = [at(args, 0), sizeOf(...at(args, 2))];
  if (bytes === 0) events.free("krealloc_noprof", pointer);
  const low = call(...args) as number;
  const result = events.result(low);
  if (bytes === 0 || result === 0n) return low;
  events.allocation("krealloc_noprof", result, bytes);
  if (result !== join(...pointer)) events.free("krealloc_noprof", pointer);
  return low;
};

/** Where the pointers are that a bulk call allocates or frees is read after the call: what faults, faults there. */
const allocatesMany: Observer = (events, args, call) => {
  const bytes = sizeOfCache(args, events.machine);
  const count = call(...args) as number;
  for (const pointer of events.pointers(at(args, 5), count))
    events.allocation("kmem_cache_alloc_bulk_noprof", pointer, bytes);
  return count;
};
const freesMany: Observer = (events, args, call) => {
  const result = call(...args);
  for (const pointer of events.pointers(at(args, 4), sizeOf(...at(args, 2))))
    events.free("kmem_cache_free_bulk", [Number(pointer & 0xffffffffn), Number(pointer >> 32n)]);
  return result;
};

/** The part of the kernel that is in C tells of objects of per-CPU memory. */
const tellsOfPerCpu: Observer = (events, args, call) => {
  events.allocation("pcpu_alloc_noprof", join(...at(args, 0)), sizeOf(...at(args, 2)));
  return call(...args);
};

const each = <Value>(values: Readonly<Record<string, Value>>, observer: (name: string, value: Value) => Observer) =>
  Object.entries(values).map(([name, value]) => [name, observer(name, value)] as const);

const OBSERVERS: ReadonlyMap<string, Observer> = new Map([
  ...each(ALLOCATIONS, allocates),
  ...each(FREES, frees),
  ["krealloc_noprof", reallocates],
  ["kmem_cache_alloc_bulk_noprof", allocatesMany],
  ["kmem_cache_free_bulk", freesMany],
  ["kasan_guest_percpu_taken", tellsOfPerCpu],
  ["kasan_guest_percpu_given_back", frees("free_percpu", 0)],
]);

/** The same functions, of which those that allocate and free tell of it. */
export function observed(functions: KernelFunctions, machine: ObservedMachine, tell: MemorySink): KernelFunctions {
  const events = new Events(machine, tell);
  const wrap = (name: string, entry: KernelFunction): KernelFunction => {
    const observer = OBSERVERS.get(name);
    return observer ? { ...entry, call: (...args) => observer(events, args, entry.call) } : entry;
  };
  return Object.fromEntries(Object.entries(functions).map(([name, entry]) => [name, wrap(name, entry)]));
}

class Events {
  constructor(
    readonly machine: ObservedMachine,
    private readonly tell: MemorySink,
  ) {}

  /** The pointer that a function returned. */
  result(low: number): bigint {
    return join(low, this.machine.cpu.resultHigh);
  }

  /** The pointers in an array of the guest. */
  pointers([low, high]: readonly [number, number], count: number): Iterable<bigint> {
    return count > 0 ? new BigUint64Array(this.machine.guestMemory.read(join(low, high), 8 * count).buffer) : [];
  }

  /** Tells of memory that was allocated, if it was. */
  allocation(name: string, pointer: bigint, bytes: number): void {
    if (pointer !== 0n) this.event("allocate", name, pointer, bytes);
  }

  /** Tells of a pointer that is to be freed. */
  free(name: string, [low, high]: readonly [number, number]): void {
    const pointer = join(low, high);
    if (pointer !== 0n && !this.isKept(name, low, high)) this.event("free", name, pointer);
  }

  /** Whether a page has another reference, so that it is not freed. */
  private isKept(name: string, low: number, high: number): boolean {
    const { pages, directMap } = this.machine;
    if (!COUNTED.has(name)) return false;
    const pfn = OF_PAGES.has(name)
      ? this.frameOf(join(low, high))
      : Math.floor(directMap.physical(low, high) / 2 ** pages.pageShift);
    return pfn >= 0 && pfn < pages.frames && pages.references(pages.head(pfn)) > 1;
  }

  private event(kind: MemoryEvent["kind"], by: string, pointer: bigint, asked?: number): void {
    const { machine, tell } = this;
    const { cpu, clock, stacks } = machine;
    const words = stacks.words(cpu, new Uint32Array());
    tell({
      kind,
      by,
      address: OF_PAGES.has(by) ? this.memoryOf(pointer) : pointer,
      ...(asked !== undefined && { size: asked }),
      time: clock.now,
      cpu: cpu.id,
      pid: cpu.pid,
      stack: () => framesOf(machine, words),
    });
  }

  /** The frame of a page descriptor; -1 if it is none. */
  private frameOf(descriptor: bigint): number {
    const { architecture, pages } = this.machine;
    const pfn = Number(BigInt.asIntN(64, descriptor - architecture.layout.vmemmap)) / PAGE_STRUCT_BYTES;
    return Number.isInteger(pfn) && pfn >= 0 && pfn < pages.frames ? pfn : -1;
  }

  /** The pointer to the memory of a page. */
  private memoryOf(descriptor: bigint): bigint {
    const { pages, directMap } = this.machine;
    const pfn = this.frameOf(descriptor);
    return pfn < 0 ? descriptor : directMap.pointer(pfn * 2 ** pages.pageShift, pages.tag(pfn));
  }
}
