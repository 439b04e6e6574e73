import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link KernelError}.
 *
 * - `CONFIG`: a machine that cannot be built as asked
 * - `BOOT_MEMORY`: too little memory for the kernel's own tables
 * - `BOOT_PARAM`: a boot parameter that there is not, or a value that it does not take
 * - `SIGNATURE`: a kernel function was defined with types that are none
 * - `FREE_LIST`: a slab allocator that is used without a machine met a free list that was written over
 */
export type KernelErrorCode = "CONFIG" | "BOOT_MEMORY" | "BOOT_PARAM" | "SIGNATURE" | "FREE_LIST";

/** What this package throws when its caller is at fault. What guests do wrong is printed in their log instead. */
export class KernelError extends KasanError {
  /**
   * @param code - stable, for programs
   * @param message - one line: what is wrong, where, what to do
   */
  constructor(code: KernelErrorCode, message: string) {
    super(code, message);
    this.name = "KernelError";
  }
}

/** Why a guest can be stopped. */
export const STOP_REASONS = ["oops", "panic", "timeout"] as const;
/** Why a guest was stopped. */
export type StopReason = (typeof STOP_REASONS)[number];

/**
 * Unwinds the guest's code after the machine has printed why: an oops, a panic, or a timeout. Not an error of ours,
 * nor of the caller's: {@link Machine} catches it where it entered the guest.
 */
export class GuestStopped extends Error {
  /** What stopped it. */
  readonly reason: StopReason;

  /** @param reason - what stopped the guest; the details are in its log */
  constructor(reason: StopReason) {
    super(`the guest stopped: ${reason}`);
    this.name = "GuestStopped";
    this.reason = reason;
  }
}

/** Unwinds a task's code to its end: it called do_exit() or the like. Caught where the task was entered. */
export class TaskExit extends Error {
  constructor() {
    super("the task exited");
    this.name = "TaskExit";
  }
}
