import type { SymbolPlace } from "../log/symbols.ts";

/** How the machine calls guests' code: constructors, tasks, the kernel's own part that is in C. A loader provides it. */
export interface GuestCalls {
  /**
   * Calls a function through its pointer. What the engine traps on becomes an oops.
   *
   * @returns the function's result; undefined if it has none
   */
  pointer(pointer: bigint, ...args: (bigint | number)[]): bigint | number | undefined;
  /** Calls an exported function by name. @returns its result; undefined if it has none, or there is no such function */
  named(name: string, ...args: (bigint | number)[]): bigint | number | undefined;
  /** The function that a slot for function pointers stands for. */
  functionInSlot(slot: number): SymbolPlace | undefined;
}

/** Guests' code, before and after a loader has made it callable. */
export class Guest implements GuestCalls {
  private calls: GuestCalls;

  /** @param badCall - what a call through a pointer comes to while there is no code */
  constructor(badCall: (pointer: bigint) => never) {
    this.calls = { pointer: badCall, named: () => undefined, functionInSlot: () => undefined };
  }

  /** A loader makes guests' code callable. */
  connect(calls: GuestCalls): void {
    this.calls = calls;
  }

  pointer(pointer: bigint, ...args: (bigint | number)[]): bigint | number | undefined {
    return this.calls.pointer(pointer, ...args);
  }

  named(name: string, ...args: (bigint | number)[]): bigint | number | undefined {
    return this.calls.named(name, ...args);
  }

  functionInSlot(slot: number): SymbolPlace | undefined {
    return this.calls.functionInSlot(slot);
  }
}
