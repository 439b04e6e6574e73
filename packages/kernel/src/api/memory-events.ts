import type { StackFrame } from "@kasan/report";

/** A guest allocated memory, or wants to free some. */
export interface MemoryEvent {
  /**
   * `free` comes before the free is checked: it may be a bad one, and be reported. Those of bulk calls, and of an object that krealloc moved,
   * come when the call is over.
   */
  readonly kind: "allocate" | "free";
  /** The kernel function that was called: `__kmalloc_noprof`. */
  readonly by: string;
  /** The pointer, with its tag; for pages, that to their memory. */
  readonly address: bigint;
  /** Bytes that were asked for; absent for a free. */
  readonly size?: number;
  /** Nanoseconds on the machine's clock. */
  readonly time: number;
  /** The CPU's number. */
  readonly cpu: number;
  /** The task's id. */
  readonly pid: number;
  /** The guest's call stack, innermost first. It takes time, and can be asked for later. */
  stack(): StackFrame[];
}

/** Receives each {@link MemoryEvent}. */
export type MemorySink = (event: MemoryEvent) => void;
