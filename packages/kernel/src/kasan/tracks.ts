import type { PhysicalMemory } from "@kasan/mmu";
import type { CallStacks } from "../log/call-stacks.ts";
import type { Clock } from "../smp/clock.ts";
import type { Cpu } from "../smp/cpu.ts";
import { writeTrack } from "./track.ts";

/** The parts of a machine that tracks are made from. */
export interface TrackParts {
  /** RAM, and the arena. */
  readonly ram: PhysicalMemory;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** The machine's clock. */
  readonly clock: Clock;
}

/** Records allocations and frees. `by`: call-stack words of the kernel functions above the caller, innermost first. */
export interface TrackWriter {
  /** Writes a track at a physical address. */
  save(at: number, by: Uint32Array): void;
  /** Saves only the current call stack. @returns its handle in the stack depot */
  stack(by: Uint32Array): number;
}

/** Writes tracks of the running task. */
export class Tracks implements TrackWriter {
  private readonly parts: TrackParts;
  private readonly enabled: boolean;

  /** @param enabled - false: nothing is recorded */
  constructor(parts: TrackParts, enabled = true) {
    this.parts = parts;
    this.enabled = enabled;
  }

  save(at: number, by: Uint32Array): void {
    if (!this.enabled) return;
    const { ram, cpu, stacks, clock } = this.parts;
    writeTrack(ram, at, cpu.pid, stacks.save(cpu, by), cpu.id, clock.now);
  }

  stack(by: Uint32Array): number {
    return this.parts.stacks.save(this.parts.cpu, by);
  }
}
