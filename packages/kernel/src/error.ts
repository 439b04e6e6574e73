import { KasanError } from "@kasan/shadow";

/**
 * Codes of {@link KernelError}.
 *
 * - `CONFIG`: a machine cannot be built from the given options
 * - `BOOT_MEMORY`: too little memory for the kernel's own tables
 * - `BOOT_PARAM`: an unknown boot parameter, or an invalid value for one
 * - `SIGNATURE`: a kernel function was defined with invalid types
 * - `FREE_LIST`: a slab allocator used without a machine found an overwritten free list
 * - `SLAB_ERROR`: it found another error in a slab of a debugged cache
 */
export type KernelErrorCode = "CONFIG" | "BOOT_MEMORY" | "BOOT_PARAM" | "SIGNATURE" | "FREE_LIST" | "SLAB_ERROR";

/** Errors caused by the caller of this package. Errors of guests are printed to their log instead. */
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

/** Reasons for stopping a guest. */
export const STOP_REASONS = ["oops", "panic", "timeout", "missing"] as const;
/** The reason a guest was stopped. */
export type StopReason = (typeof STOP_REASONS)[number];

/** What became of a guest that was stopped, in words. */
export const STOP_WORDS: Readonly<Record<StopReason, string>> = {
  oops: "the guest crashed",
  panic: "the kernel panicked",
  timeout: "the guest was stopped at the timeout",
  missing: "the guest called a function that nothing provides",
};

/**
 * Unwinds the guest's code after the machine has printed the reason: an oops, a panic, a timeout, or a call of a function that nothing provides. It is not an error of this
 * package or its caller: {@link Machine} catches it where it entered the guest.
 */
export class GuestStopped extends Error {
  /** The reason it was stopped. */
  readonly reason: StopReason;

  /** @param reason - why the guest was stopped; the details are in its log */
  constructor(reason: StopReason) {
    super(`the guest stopped: ${reason}`);
    this.name = "GuestStopped";
    this.reason = reason;
  }
}

/** Unwinds a task's code when the task ends itself by do_exit() or similar. Caught where the task was entered. */
export class TaskExit extends Error {
  constructor() {
    super("the task exited");
    this.name = "TaskExit";
  }
}
