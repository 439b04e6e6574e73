import type { ThreadData } from "../../run/threads.ts";

/** CPUs to interrupt, and when. */
export interface Alarm {
  /** The machine's memory. */
  readonly buffer: SharedArrayBuffer;
  /** Of each CPU: buffer offsets of the words through which it is interrupted (`interruptWords()`). */
  readonly cpus: readonly { readonly interrupts: number; readonly limit: number }[];
  readonly milliseconds: number;
}

/** What a thread that a guest keeps busy asks its helper for. */
export type Request =
  | { readonly kind: "hello" }
  | { readonly kind: "start"; readonly data: ThreadData }
  | { readonly kind: "end" }
  | { readonly kind: "alarm"; readonly alarm: Alarm | undefined };
