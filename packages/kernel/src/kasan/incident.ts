import type { BugType } from "@kasan/shadow";

/** A bug to report, before the address is examined. */
export interface Incident {
  /** The attempted operation. */
  readonly kind: "Read" | "Write" | "Free";
  /** First byte of the access. */
  readonly address: bigint;
  /** Bytes; 0 for a free. */
  readonly size: bigint;
  /** The kind of invalid free; only for frees. */
  readonly freeBug?: BugType;
  /** Kernel functions that made the check, innermost first. */
  readonly via: readonly string[];
  /** Kernel functions between them and the guest, innermost first; the title names the first. */
  readonly by?: readonly string[];
  /** Number of guest functions between them and the one that the title names, for kernel code in C. 0 by default. */
  readonly inside?: number;
}

/** Receives bugs to report. */
export interface Reporter {
  /**
   * Prints a report, unless the machine prints only the first one and this is a later one.
   *
   * @returns false if the running task has reports of bad accesses disabled: the access counts as good
   */
  report(incident: Incident): boolean;
  /**
   * Reports a past access for which the hardware recorded a tag mismatch (kasan_report_async).
   *
   * @param noticed - kernel functions that noticed it, innermost first
   */
  reportAsynchronous(noticed: readonly string[]): void;
}
