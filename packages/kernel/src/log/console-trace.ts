import type { Counters } from "../smp/counters.ts";

/** What {@link ConsoleTrace} uses of a machine. */
export interface ConsoleTraceParts {
  /** Hold where lines go, for all threads. */
  readonly counters: Counters;
  /** Guests' memory. */
  readonly guestMemory: { write(address: bigint, bytes: Uint8Array): void };
  /** Guests' code. */
  readonly guest: { named(name: string, ...args: bigint[]): unknown };
}

/**
 * The tracepoint `console`, for a guest's probe: each line of the log is put into a buffer of the guest's, and the guest is
 * told. The probe is the machine's, whichever thread prints.
 */
export class ConsoleTrace {
  private readonly parts: ConsoleTraceParts;

  constructor(parts: ConsoleTraceParts) {
    this.parts = parts;
  }

  /** Where lines go from now on: a buffer's address in halves, 0 for none, and its bytes. */
  setBuffer(low: number, high: number, bytes: number): void {
    const { counters } = this.parts;
    counters.set("traceBytes", bytes);
    counters.set("traceLow", low);
    counters.set("traceHigh", high);
  }

  /** A line was printed. */
  line(text: string): void {
    const { counters } = this.parts;
    const buffer = (BigInt(counters.get("traceHigh")) << 32n) | BigInt(counters.get("traceLow"));
    if (buffer === 0n) return;
    const bytes = new TextEncoder().encode(text).subarray(0, counters.get("traceBytes"));
    this.parts.guestMemory.write(buffer, bytes);
    this.parts.guest.named("kasan_guest_console_line", BigInt(bytes.length));
  }
}
