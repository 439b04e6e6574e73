import { x86_64 } from "@kasan/arch-x86";
import type { KasanReport } from "@kasan/report";
import {
  GuestStopped,
  type KernelFunctions,
  kernelFunctions,
  Machine,
  type MachineOptions,
  TaskExit,
} from "../src/parts.ts";

const MIB = 2 ** 20;

/** A machine for tests: keeps its log and reports, and calls kernel functions as C does. */
export interface TestMachine {
  readonly machine: Machine;
  /** Lines of the kernel log, without timestamps. */
  readonly log: string[];
  readonly reports: KasanReport[];
  readonly functions: KernelFunctions;
  /** Calls a kernel function by its signature: 64-bit arguments and results as bigint, never negative. */
  call(name: string, ...args: (bigint | number)[]): bigint;
  /** Stores a NUL-terminated string or bytes in memory. */
  data(content: string | Uint8Array): bigint;
}

/** Boots a machine; by default 16 MB, 4 levels, KASAN, every bug reported. */
export function boot(options: Partial<MachineOptions> & { levels?: 4 | 5 } = {}): TestMachine {
  const log: string[] = [];
  const reports: KasanReport[] = [];
  const { levels = 4, ...rest } = options;
  const machine = new Machine({
    architecture: x86_64({ levels }),
    memoryBytes: 16 * MIB,
    mode: "generic",
    seed: 1,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    log: ({ text }) => void log.push(text),
    onReport: (report) => void reports.push(report),
    ...rest,
  });
  const functions = kernelFunctions(machine);
  const call = (name: string, ...args: (bigint | number)[]): bigint => {
    const { signature, call } = functions[name];
    const [parameters, result] = signature.split(":") as [string, string];
    const words = [...parameters].flatMap((type, i) => {
      const value = BigInt(args[i] ?? 0);
      const low = Number(BigInt.asIntN(32, value));
      return type === "l" ? [low, Number(BigInt.asIntN(32, value >> 32n))] : [low];
    });
    const low = call(...words) as number;
    if (result === "v") return 0n;
    if (result === "i") return BigInt(low >>> 0);
    return (BigInt(resultHigh(machine)) << 32n) | BigInt(low >>> 0);
  };
  const data = (content: string | Uint8Array): bigint => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(`${content}\0`) : content;
    const at = call("__kmalloc_noprof", Math.max(bytes.length, 1), 0xcc0);
    machine.guestMemory.write(at, bytes);
    return at;
  };
  return { machine, log, reports, functions, call, data };
}

function resultHigh(machine: Machine): number {
  return machine.ram.u32[machine.cpu.layout.resultHigh >>> 2];
}

/** Runs code that must stop the guest and returns the reason; rethrows any other error. */
export function stopped(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof GuestStopped) return error.reason;
    if (error instanceof TaskExit) return "exit";
    throw error;
  }
  return undefined;
}
