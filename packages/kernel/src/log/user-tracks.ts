import type { PhysicalMemory } from "@kasan/mmu";
import { formatFrame, type StackFrame } from "@kasan/report";
import { USER_TRACK_BYTES, type UserTracks } from "../mm/slab/user-tracks.ts";
import type { Clock } from "../smp/clock.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { CallStacks } from "./call-stacks.ts";
import { type FrameParts, frameOfWord, framesOf } from "./frames.ts";
import type { StackDepot } from "./stack-depot.ts";

/** Nanoseconds of a tick (CONFIG_HZ=250). */
const TICK = 4_000_000;

/** What KASAN's own saving of a stack has on top, which is not part of SLUB's. */
const SAVING = /^(?:stack_trace_save|save_stack_info|_*kasan_)/;

const NO_WORDS = new Uint32Array();

/** The parts of a machine that users are recorded with. */
export interface UserTrackParts extends FrameParts {
  /** RAM. */
  readonly ram: PhysicalMemory;
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** Keeps call stacks. */
  readonly depot: StackDepot;
  /** The machine's clock. */
  readonly clock: Clock;
}

/** Records the users of a machine's objects. */
export class MachineUserTracks implements UserTracks {
  private readonly parts: UserTrackParts;

  constructor(parts: UserTrackParts) {
    this.parts = parts;
  }

  private get jiffies(): number {
    return Math.floor(this.parts.clock.now / TICK);
  }

  write(at: number, by: Uint32Array): void {
    const { ram, cpu, stacks } = this.parts;
    const [caller = 0] = stacks.words(cpu, NO_WORDS);
    ram.wrote(at, 32);
    ram.u32.set([caller, 0xffffffff, stacks.save(cpu, by), cpu.id, cpu.pid, 0, this.jiffies, 0], at >>> 2);
  }

  lines(at: number, what: string): string[] {
    const { ram, depot } = this.parts;
    const [caller, high, handle, cpu, pid, , when] = ram.u32.subarray(at >>> 2, (at + USER_TRACK_BYTES) >>> 2);
    if (caller === 0 && high === 0) return [];
    const age = this.jiffies - when;
    const place = formatFrame(frameOfWord(this.parts, caller));
    return [
      `${what} in ${place} age=${age} cpu=${cpu} pid=${pid}`,
      ...withoutSaving(framesOf(this.parts, depot.fetch(handle))).map((frame) => ` ${formatFrame(frame)}`),
    ];
  }
}

function withoutSaving(frames: readonly StackFrame[]): readonly StackFrame[] {
  const first = frames.findIndex(({ symbol }) => !SAVING.test(symbol ?? ""));
  return first < 0 ? [] : frames.slice(first);
}
