import type { BugType } from "@kasan/shadow";

/** What is reported, before anything is known about the address. */
export interface Incident {
  /** What was tried. */
  readonly kind: "Read" | "Write" | "Free";
  /** Its first byte. */
  readonly address: bigint;
  /** Bytes; 0 for a free. */
  readonly size: bigint;
  /** Set for a free. */
  readonly freeBug?: BugType;
  /** Kernel functions that did the check, innermost first. */
  readonly via: readonly string[];
  /** Kernel functions between them and the guest, innermost first; the title names the first. */
  readonly by?: readonly string[];
  /** Guest functions between them and the one that the title names: a part of the kernel that is in C. 0 by default. */
  readonly inside?: number;
}

/** Takes what is to be reported. */
export interface Reporter {
  /** Prints a report, unless the machine prints only the first and this is not it. */
  report(incident: Incident): void;
  /**
   * Prints what is left to say of an access that is past: hardware noted that its tags differed (kasan_report_async).
   *
   * @param noticed - kernel functions that noticed, innermost first
   */
  reportAsynchronous(noticed: readonly string[]): void;
}
