import { RangePool } from "@kasan/vmalloc";
import { GLOBALS_BYTES } from "../kasan/globals.ts";
import { modeNamed } from "../kasan/modes/index.ts";
import { NAMES_BYTES } from "../log/names.ts";
import { perCpuPagesBytes } from "../mm/per-cpu-pages.ts";
import { tasksBytes } from "../sched/tasks.ts";
import type { MachineOptions } from "./options.ts";
import { rangeRecords } from "./vmalloc.ts";

const MIB = 2 ** 20;

/** Size of the stack depot, in bytes, for the given bytes of RAM. */
export const depotBytes = (ram: number): number => Math.min(8 * MIB, ram / 8);

/** Size of the area behind RAM: depot, range records, TLBs, call stacks, names. Below a quarter of RAM + 16 MB for few CPUs. */
const arenaBytes = (ram: number, cpus: number): number =>
  depotBytes(ram) +
  cpus * RangePool.bytes(rangeRecords(ram, cpus)) +
  tasksBytes(cpus) +
  NAMES_BYTES +
  perCpuPagesBytes(ram / 4096, cpus) +
  GLOBALS_BYTES +
  MIB / 4 +
  cpus * (MIB / 8);

/** Bytes of a machine's state: RAM, followed by state that a real kernel does not keep in RAM (docs/architecture.md). */
export function stateBytes({ memoryBytes, cpus = 1, mode }: MachineOptions): number {
  const arena = arenaBytes(memoryBytes, cpus) + modeNamed(mode).arenaBytes(memoryBytes);
  return Math.ceil((memoryBytes + arena) / 65536) * 65536;
}

/** Creates the buffer that holds all of a machine's state, and as much again if there is to be a snapshot of it. */
export function createBuffer(options: MachineOptions): WebAssembly.Memory {
  const pages = (stateBytes(options) / 65536) * (options.snapshot ? 2 : 1);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
