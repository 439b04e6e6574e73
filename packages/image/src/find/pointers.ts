import type { StackFrame } from "@kasan/report";
import { frameOf } from "../kernel/frames.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type ObjectState, objectAt } from "../kernel/object.ts";
import type { FoundObject } from "../kernel/slab.ts";
import { type FreedList, wordIn } from "./member.ts";

/** A word of an object that leads somewhere. */
export interface ObjectPointer {
  /** Bytes from the object's start to it. */
  readonly offset: number;
  /** The member that it is, where the cache is that of a structure: `task_struct.real_parent`. */
  readonly member?: string;
  /** The list that it links the object into, which was freed: no member any more. */
  readonly link?: FreedList;
  /** Its value. */
  readonly value: bigint;
  /** The slab object that it leads into. */
  readonly object?: PointedObject;
  /** The kernel's or a module's symbol that it leads into. */
  readonly symbol?: StackFrame;
}

/** A slab object that a pointer leads into. */
export interface PointedObject {
  /** Its first address. */
  readonly address: bigint;
  /** Its cache's name. */
  readonly cache: string;
  /** What became of it. */
  readonly state: ObjectState;
}

/** Bytes of an object that are looked at, and pointers that are listed. */
const MOST_BYTES = 65536;
const MOST_POINTERS = 500;

/**
 * What the slab object at an address points to: objects and symbols.
 *
 * @throws {@link ImageError} if the kernel's structures are not known
 */
export function pointersIn(kernel: Kernel, address: bigint): ObjectPointer[] {
  const { memory } = kernel;
  const found = objectAt(kernel, address);
  if (!found) return [];
  const bytes = memory.bytesOrZeros(found.address, Math.min(found.cache.objectSize, MOST_BYTES) & ~7);
  const words = new BigUint64Array(bytes.buffer);
  const pointers: ObjectPointer[] = [];
  for (let i = 0; i < words.length && pointers.length < MOST_POINTERS; i++) {
    const target = isKernels(memory.untagged(words[i]!)) ? targetOf(kernel, words[i]!) : undefined;
    if (!target) continue;
    pointers.push({ offset: i * 8, ...wordIn(kernel, found, i * 8), value: words[i]!, ...target });
  }
  return pointers;
}

/** Kernels have the upper half of the addresses. */
const isKernels = (value: bigint) => value >> 63n === 1n;

function targetOf(kernel: Kernel, value: bigint): Pick<ObjectPointer, "object" | "symbol"> | undefined {
  if (!kernel.memory.has(value)) return undefined;
  const symbol = frameOf(kernel, kernel.memory.untagged(value));
  if (symbol.symbol !== undefined) return { symbol };
  const object = kernel.attempt(() => objectAt(kernel, value));
  return object && holds(object, kernel.memory.untagged(value))
    ? { object: { address: object.address, cache: object.cache.name, state: object.state } }
    : undefined;
}

/** Not in the object's redzone: any number is an address next to some object. */
function holds({ address, cache }: FoundObject, value: bigint): boolean {
  return value >= address && value < address + BigInt(cache.objectSize);
}
