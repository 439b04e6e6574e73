import type { Machine } from "./machine.ts";

/** Bytes that are compared at a time: equal ones are passed over quickly. */
const CHUNK = 1 << 16;
/** Bytes that are copied back at a time. */
const PIECE = 1 << 10;

/**
 * A machine's state at one time: a copy of its buffer, which holds all of it. It takes as much memory as the machine, and setting the machine
 * back takes the time to compare both, plus that to copy what differs.
 */
export class Snapshot {
  private readonly machine: Machine;
  private readonly live: Buffer;
  private readonly saved: Buffer;

  /** Takes a snapshot. No other CPU or task of the machine may run, then and when it is set back. */
  constructor(machine: Machine) {
    this.machine = machine;
    this.live = Buffer.from(machine.memory.buffer as ArrayBuffer);
    this.saved = Buffer.from(this.live);
  }

  /** Sets the machine back. @returns the number of pieces of 1 KB that had changed */
  restore(): number {
    const { live, saved } = this;
    let changed = 0;
    for (let at = 0; at < live.length; at += CHUNK) {
      const end = Math.min(at + CHUNK, live.length);
      if (live.compare(saved, at, end, at, end) === 0) continue;
      for (let piece = at; piece < end; piece += PIECE) {
        if (live.compare(saved, piece, piece + PIECE, piece, piece + PIECE) === 0) continue;
        saved.copy(live, piece, piece, piece + PIECE);
        changed++;
      }
    }
    this.machine.forget();
    return changed;
  }

  /** Whether the machine's state is that of the snapshot, byte for byte. */
  get holds(): boolean {
    return this.live.equals(this.saved);
  }
}
