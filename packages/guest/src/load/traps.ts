import { addressOfWord, GuestStopped, type Machine } from "@kasan/kernel";

/** Runs guest code and turns traps of the engine into exceptions of the CPU. */
export function raiseTraps<T>(machine: Machine, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof GuestStopped) throw error;
    if (error instanceof RangeError && /call stack/i.test(error.message)) machine.oops.stackOverflow();
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    pushTrapped(machine, error);
    if (/divide|overflow/.test(error.message)) machine.oops.exception("divide");
    if (/signature mismatch|null function|table index/.test(error.message)) machine.oops.exception("indirect-call");
    if (/unreachable|unrepresentable/.test(error.message)) machine.oops.exception("illegal-instruction");
    throw error;
  }
}

/** Pushes the function that trapped on the call stack; it left no return address, since it made no call. */
function pushTrapped(machine: Machine, error: Error): void {
  const name = /at (\S+) \(wasm:/.exec(error.stack ?? "")?.[1];
  const address = name === undefined ? undefined : machine.symbols.addressOf(name);
  if (address === undefined) return;
  const { cpu, ram } = machine;
  const top = cpu.callStackTop;
  const before = machine.symbols.find(addressOfWord(machine.architecture, ram.u32[(top >>> 2) - 1]));
  if (before?.name === name) return;
  ram.u32[top >>> 2] = Number(address & 0xffffffffn);
  cpu.callStackTop = top + 4;
}
