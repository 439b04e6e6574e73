import type { Counters } from "../smp/counters.ts";

/** The parts of a machine that {@link ConsoleTrace} uses. */
export interface ConsoleTraceParts {
  /** Hold the buffer's location, for all threads. */
  readonly counters: Counters;
  /** Guest memory. */
  readonly guestMemory: { write(address: bigint, bytes: Uint8Array): void };
  /** Guest code. */
  readonly guest: { named(name: string, ...args: bigint[]): unknown };
}

/**
 * The tracepoint `console` for a guest's probe: each log line is copied to a guest buffer and the guest is called. There is one
 * probe per machine, whichever thread prints.
 */
export class ConsoleTrace {
  private readonly parts: ConsoleTraceParts;

  constructor(parts: ConsoleTraceParts) {
    this.parts = parts;
  }

  /** Sets the buffer for lines: its address in halves, 0 for none, and its size in bytes. */
  setBuffer(low: number, high: number, bytes: number): void {
    const { counters } = this.parts;
    counters.set("traceBytes", bytes);
    counters.set("traceLow", low);
    counters.set("traceHigh", high);
  }

  /** Called for each printed line. */
  line(text: string): void {
    const { counters } = this.parts;
    const buffer = (BigInt(counters.get("traceHigh")) << 32n) | BigInt(counters.get("traceLow"));
    if (buffer === 0n) return;
    const bytes = new TextEncoder().encode(text).subarray(0, counters.get("traceBytes"));
    this.parts.guestMemory.write(buffer, bytes);
    this.parts.guest.named("kasan_guest_console_line", BigInt(bytes.length));
  }
}
