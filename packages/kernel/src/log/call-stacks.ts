import type { Architecture, PhysicalMemory } from "@kasan/mmu";
import type { Cpu } from "../smp/cpu.ts";
import { MAX_FRAMES, type StackDepot } from "./stack-depot.ts";

/** Size of the cache of recently saved stacks, indexed by what saves them and from where; a power of two. */
const RECENT = 256;

/**
 * Saves the call stack that guests keep as words in the arena. `prefix` names the kernel functions running outside wasm: their
 * return words, innermost first.
 */
export class CallStacks {
  private readonly u32: Uint32Array;
  private readonly scratch = new Uint32Array(MAX_FRAMES);
  /**
   * Depot handles of {@link RECENT} stacks. The depot never removes a stack, so a cached handle is valid, possibly of another
   * stack.
   */
  private readonly recent = new Uint32Array(RECENT);
  private readonly depot: StackDepot;
  private readonly startOf: (cpu: Cpu) => number;

  /** @param startOf - buffer offset of the current task's call stack */
  constructor(memory: PhysicalMemory, depot: StackDepot, startOf: (cpu: Cpu) => number) {
    this.u32 = memory.u32;
    this.depot = depot;
    this.startOf = startOf;
  }

  /** Copies at most {@link MAX_FRAMES} words into `into`, innermost first. @returns the number copied */
  private capture(cpu: Cpu, prefix: Uint32Array, into: Uint32Array): number {
    let count = 0;
    for (; count < prefix.length; count++) into[count] = prefix[count];
    const start = this.startOf(cpu) >>> 2;
    for (let at = (cpu.callStackTop >>> 2) - 1; at >= start && count < into.length; at--) into[count++] = this.u32[at];
    return count;
  }

  /**
   * Stores the stack in the depot. Usually the same stack came from this place before; comparing with it avoids a copy.
   *
   * @returns its handle, 0 if the depot is full
   */
  save(cpu: Cpu, prefix: Uint32Array): number {
    const { depot, recent, u32 } = this;
    const first = this.startOf(cpu) >>> 2;
    const last = (cpu.callStackTop >>> 2) - 1;
    const caller = last >= first ? u32[last] : 0;
    const slot = (caller ^ Math.imul(prefix.length, 0x1f) ^ prefix[prefix.length - 1]) & (RECENT - 1);
    if (depot.holds(recent[slot], prefix, u32, first, last)) return recent[slot];
    const handle = depot.save(this.scratch, this.capture(cpu, prefix, this.scratch));
    recent[slot] = handle;
    return handle;
  }

  /** The stack as words, innermost first. */
  words(cpu: Cpu, prefix: Uint32Array): Uint32Array {
    return this.scratch.slice(0, this.capture(cpu, prefix, this.scratch));
  }
}

/**
 * The address of a call-stack word: on every architecture, the kernel image and modules share the upper half of their addresses.
 */
export function addressOfWord({ layout }: Architecture, word: number): bigint {
  return (layout.kernelText & 0xffffffff00000000n) | BigInt(word >>> 0);
}
