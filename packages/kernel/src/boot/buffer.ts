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

/**
 * Creates the buffer that holds all of a machine's state: RAM, followed by state that a real kernel does not keep in RAM
 * (docs/architecture.md).
 */
export function createBuffer(options: MachineOptions): WebAssembly.Memory {
  const { memoryBytes, cpus = 1, mode } = options;
  const arena = arenaBytes(memoryBytes, cpus) + modeNamed(mode).arenaBytes(memoryBytes);
  const pages = Math.ceil((memoryBytes + arena) / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
