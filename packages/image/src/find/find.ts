import type { StackFrame } from "@kasan/report";
import { ImageError } from "../error.ts";
import { frameOf } from "../kernel/frames.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { hasMemory } from "../kernel/kernel-image.ts";
import { largeKmallocAt } from "../kernel/large-kmalloc.ts";
import { type ObjectState, objectAt } from "../kernel/object.ts";
import { perCpuPlace } from "../kernel/percpu.ts";
import { directAddress } from "../kernel/slab-walk.ts";
import { type KernelTask, stackOwner } from "../kernel/tasks.ts";
import { vmallocAreaAt, vmallocAreas } from "../kernel/vmalloc.ts";
import { type FreedList, wordIn } from "./member.ts";

/** A word of memory that points to what was looked for. */
export interface Reference {
  /** Where it is: in the direct map, the kernel image or vmalloc space. */
  readonly address: bigint;
  /** What it points to. */
  readonly value: bigint;
  /** The slab object that it is in. */
  readonly object?: ReferringObject;
  /** The variable that it is in. */
  readonly variable?: StackFrame;
  /** If that is a per-CPU variable: the CPU whose copy it is. */
  readonly cpu?: number;
  /** The task on whose stack it is. */
  readonly task?: KernelTask;
  /** The code that made the vmalloc area that it is in, if that is no stack of a task. */
  readonly areaBy?: StackFrame;
}

/** A slab object that has a reference. */
export interface ReferringObject {
  /** Its first address. */
  readonly address: bigint;
  /** Its cache's name. */
  readonly cache: string;
  /** What became of it. */
  readonly state: ObjectState;
  /** Bytes from its start to the reference. */
  readonly offset: number;
  /** The member that the reference is in, where the cache is that of a structure: `task_struct.real_parent`. */
  readonly member?: string;
  /** The list that it links the object into, which was freed: no member any more. */
  readonly link?: FreedList;
}

/** What {@link findReferences} found. */
export interface References {
  /** The first and the last address that count as references. */
  readonly target: readonly [from: bigint, to: bigint];
  /** The references, by where they are in physical memory. */
  readonly found: readonly Reference[];
  /** How many more there are in the object itself: lists that are empty point to themselves. */
  readonly own: number;
  /** Whether there are more than are listed. */
  readonly more: boolean;
  /** Why it is not known whether an object is there, of which all would count; absent if it is. */
  readonly unknown?: string;
}

/** References that are listed. */
const MOST_FOUND = 1000;
const CHUNK = 2 ** 20;
const PAGE = 4096;

/**
 * Finds the words of memory that point to an object: who still refers to what was freed. Costs a read of all memory.
 *
 * @param address - an address in the object: all of a slab object or of a large kmalloc counts; of other memory, the eight bytes there.
 * One below 2^52 is physical, if the machine has memory there.
 */
export function findReferences(
  kernel: Kernel,
  address: bigint,
  onProgress: (done: number, total: number) => void = () => {},
): References {
  const { target, ...doubt } = targetOf(kernel, virtualOf(kernel, address));
  const places = new Places(kernel);
  const found: Reference[] = [];
  const { segments } = kernel.image.memory;
  const total = segments.reduce((sum, { size }) => sum + size, 0);
  let own = 0;
  let done = 0;
  const onChunk = () => {
    done += CHUNK;
    onProgress(done, total);
  };
  for (const hit of hitsIn(kernel, target, onChunk)) {
    if (found.length === MOST_FOUND) return { target, found, own, more: true, ...doubt };
    const reference = places.describe(hit);
    if (!reference) continue;
    if (target[0] <= reference.address && reference.address <= target[1]) own++;
    else found.push(reference);
  }
  return { target, found, own, more: false, ...doubt };
}

/** The end of physical addresses; pointers to kernel memory are higher. */
const PHYSICAL_END = 1n << 52n;

function virtualOf(kernel: Kernel, address: bigint): bigint {
  // Low addresses without memory are those of user space.
  if (address >= PHYSICAL_END || !hasMemory(kernel.image, Number(address))) return address;
  return directAddress(kernel, Number(address)) ?? address;
}

function targetOf(kernel: Kernel, address: bigint): Pick<References, "target" | "unknown"> {
  const untagged = kernel.memory.untagged(address);
  const word = [untagged, untagged + 7n] as const;
  try {
    const whole = allocationAt(kernel, address);
    if (!whole || untagged < whole.address || untagged >= whole.address + BigInt(whole.size)) return { target: word };
    return { target: [whole.address, whole.address + BigInt(whole.size - 1)] };
  } catch (error) {
    if (error instanceof ImageError) return { target: word, unknown: error.message };
    throw error;
  }
}

/** The slab object or large kmalloc nearest to an address. */
function allocationAt(kernel: Kernel, pointer: bigint): { address: bigint; size: number } | undefined {
  const object = objectAt(kernel, pointer);
  if (object) return { address: object.address, size: object.cache.objectSize };
  const large = largeKmallocAt(kernel, kernel.memory.untagged(pointer));
  return large && { address: large.address, size: large.allocSize };
}

/** A word that points to the target. */
interface Hit {
  readonly physical: number;
  readonly value: bigint;
}

/** The aligned words of memory whose value, without a tag, is in a range. Compares halves: no bigint a word. */
function* hitsIn(kernel: Kernel, [from, to]: readonly [bigint, bigint], onChunk: () => void): Generator<Hit> {
  const { memory, architecture } = kernel.image;
  const chunk = new Uint8Array(CHUNK);
  const words = new Uint32Array(chunk.buffer);
  const mask = architecture.ignoredTopBits > 0 ? 0xffffff : 0xffffffff;
  const high = Number(from >> 32n) & mask;
  const [low, last] = [Number(from & 0xffffffffn), Number(to & 0xffffffffn)];
  for (const { physical, size } of memory.segments) {
    for (let at = Math.ceil(physical / PAGE) * PAGE; at < physical + size; at += CHUNK, onChunk()) {
      if (memory.seemsZero?.(at, CHUNK)) continue;
      memory.read(at, chunk);
      const count = Math.min(CHUNK, physical + size - at) >>> 2;
      for (let i = 0; i + 1 < count; i += 2) {
        const word = words[i]!;
        if (word < low || word > last || (words[i + 1]! & mask) >>> 0 !== high >>> 0) continue;
        yield { physical: at + i * 4, value: (BigInt(words[i + 1]!) << 32n) | BigInt(word) };
      }
    }
  }
}

/** `SYSTEM_FREEING_INITMEM` of `system_state`: from then on, other things are in what only a start needs. */
const FREEING_INIT = 2;

/** The parts of the kernel's image that are still its own. */
function imageParts(kernel: Kernel): (readonly [start: bigint, end: bigint])[] {
  const [text, end] = [kernel.symbol("_stext"), kernel.symbol("_end")];
  if (text === undefined || end === undefined) return [];
  const [init, initEnd, state] = ["__init_begin", "__init_end", "system_state"].map((name) => kernel.symbol(name));
  const isFreed = state !== undefined && (kernel.attempt(() => kernel.memory.u32(state)) ?? 0) >= FREEING_INIT;
  if (!isFreed || init === undefined || initEnd === undefined || !(text <= init && init <= initEnd && initEnd <= end))
    return [[text, end]];
  // Whole pages are freed.
  const mask = BigInt(PAGE - 1);
  return [
    [text, (init + mask) & ~mask],
    [initEnd & ~mask, end],
  ];
}

/** Says what physical memory is. */
class Places {
  /** By page in physical memory: its address in vmalloc space. */
  private readonly areas = new Map<number, bigint>();
  private readonly kernelPages = new Map<number, bigint>();

  constructor(private readonly kernel: Kernel) {
    for (const { start, size } of kernel.attempt(() => vmallocAreas(kernel)) ?? [])
      this.add(this.areas, start, start + size);
    for (const [start, end] of imageParts(kernel)) this.add(this.kernelPages, start, end);
  }

  describe({ physical, value }: Hit): Reference | undefined {
    const page = Math.floor(physical / PAGE);
    const offset = BigInt(physical % PAGE);
    const inKernel = this.kernelPages.get(page);
    if (inKernel !== undefined) {
      const address = inKernel + offset;
      return { address, value, variable: frameOf(this.kernel, address) };
    }
    const inArea = this.areas.get(page);
    if (inArea !== undefined) return this.inArea(inArea + offset, value);
    const address = directAddress(this.kernel, physical);
    if (address === undefined) return undefined;
    const object = this.kernel.attempt(() => this.objectOf(address));
    return { address, value, ...(object ? { object } : this.perCpu(address)) };
  }

  private perCpu(address: bigint): Pick<Reference, "variable" | "cpu"> {
    const found = this.kernel.attempt(() => perCpuPlace(this.kernel, address));
    if (!found) return {};
    const { symbol, offset, size } = found.place;
    const variable = { symbol: symbol.name, offset: Number(offset), size: Number(size ?? 0n), reliable: true };
    return { variable, cpu: found.cpu };
  }

  private inArea(address: bigint, value: bigint): Reference {
    const task = this.kernel.attempt(() => stackOwner(this.kernel, address));
    if (task) return { address, value, task };
    const area = vmallocAreaAt(this.kernel, address);
    return { address, value, ...(area && { areaBy: frameOf(this.kernel, area.caller) }) };
  }

  private objectOf(address: bigint): ReferringObject | undefined {
    const found = objectAt(this.kernel, address);
    if (!found || address < found.address) return undefined;
    const offset = Number(address - found.address);
    return {
      address: found.address,
      cache: found.cache.name,
      state: found.state,
      offset,
      ...wordIn(this.kernel, found, offset),
    };
  }

  private add(pages: Map<number, bigint>, start: bigint, end: bigint): void {
    const most = 2 ** 20;
    for (let at = start; at < end && pages.size < most; at += BigInt(PAGE)) {
      const physical = this.kernel.image.translate(at);
      if (physical >= 0) pages.set(Math.floor(physical / PAGE), at);
    }
  }
}
