import { AllocationTags, UniformPages } from "@kasan/mmu";
import { RangePool } from "@kasan/vmalloc";
import { GLOBALS_BYTES } from "../kasan/globals.ts";
import { STACK_RING_BYTES } from "../kasan/tags/stack-ring.ts";
import { NAMES_BYTES } from "../log/names.ts";
import { perCpuPagesBytes } from "../mm/per-cpu-pages.ts";
import { tasksBytes } from "../sched/tasks.ts";
import type { MachineOptions } from "./options.ts";
import { rangeRecords } from "./vmalloc.ts";

const MIB = 2 ** 20;

/** Bytes of the stack depot, of a machine with so many bytes of RAM. */
export const depotBytes = (ram: number): number => Math.min(8 * MIB, ram / 8);

/** Room behind RAM: depot, range records, TLBs, call stacks, names. Below a quarter of RAM + 16 MB, for few CPUs. */
const arenaBytes = (ram: number, cpus: number): number =>
  depotBytes(ram) +
  cpus * RangePool.bytes(rangeRecords(ram, cpus)) +
  tasksBytes(cpus) +
  NAMES_BYTES +
  perCpuPagesBytes(ram / 4096, cpus) +
  GLOBALS_BYTES +
  MIB / 4 +
  cpus * (MIB / 8);

/** Bytes of the arena that the tag-based modes need besides. */
function tagBytes({ mode, memoryBytes }: MachineOptions): number {
  if (!mode.endsWith("_tags")) return 0;
  return (
    STACK_RING_BYTES +
    (mode === "hw_tags" ? AllocationTags.bytes(memoryBytes) + UniformPages.bytes(memoryBytes) + 64 : 0)
  );
}

/** The buffer that holds all of a machine's state: RAM, and behind it what no kernel's RAM holds (docs/architecture.md). */
export function createBuffer(options: MachineOptions): WebAssembly.Memory {
  const { memoryBytes, cpus = 1 } = options;
  const pages = Math.ceil((memoryBytes + arenaBytes(memoryBytes, cpus) + tagBytes(options)) / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
