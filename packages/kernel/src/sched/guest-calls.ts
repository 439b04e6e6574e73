import type { SymbolPlace } from "../log/symbols.ts";

/** The machine's calls into guest code: constructors, tasks, and the part of the kernel that is in C. A loader implements it. */
export interface GuestCalls {
  /**
   * Calls a function through its pointer. Traps of the wasm engine become oopses.
   *
   * @returns the function's result; undefined if it has none
   */
  pointer(pointer: bigint, ...args: (bigint | number)[]): bigint | number | undefined;
  /** Calls an exported function by name. @returns its result; undefined if it has none, or if there is no such function */
  named(name: string, ...args: (bigint | number)[]): bigint | number | undefined;
  /** The function of a function-pointer slot. */
  functionInSlot(slot: number): SymbolPlace | undefined;
}

/** Guest code, before and after a loader connects it. */
export class Guest implements GuestCalls {
  private calls: GuestCalls;

  /** @param badCall - handles calls through a pointer while no code is connected */
  constructor(badCall: (pointer: bigint) => never) {
    this.calls = { pointer: badCall, named: () => undefined, functionInSlot: () => undefined };
  }

  /** Called by a loader to connect guest code. */
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
