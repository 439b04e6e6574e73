import { spellAddress } from "@kasan/shadow";
import { type Area, AreaFlag, type Vmalloc } from "@kasan/vmalloc";
import { addressOfWord } from "../log/call-stacks.ts";
import type { ApiMachine } from "./machine.ts";

/** A line of /proc/vmallocinfo as data. */
export interface VmallocInfo {
  /** First address. */
  readonly start: bigint;
  /** End address; includes the guard page, if there is one. */
  readonly end: bigint;
  /** The function that requested it, as `%pS` prints it; undefined if not recorded. */
  readonly caller: string | undefined;
  /** Number of pages allocated for it. */
  readonly pages: number;
  /** How it was created; `unpurged`: it was freed and waits for the purge. */
  readonly kind: "vmalloc" | "vmap" | "vm_map_ram" | "unpurged";
}

/** The parts of a machine that listing areas uses. */
type InfoMachine = Pick<ApiMachine, "vmalloc" | "kernelPages" | "symbols" | "architecture"> & {
  /** Areas of module space. */
  readonly moduleSpace: Vmalloc;
};

/** The areas of vmalloc and module space in ascending order, then those waiting for the purge, most recently freed first. */
export function vmallocInfo(machine: InfoMachine): VmallocInfo[] {
  const spaces = [machine.vmalloc, machine.moduleSpace];
  const used = spaces.flatMap((space) => Array.from(space.list(), (area) => describe(machine, area)));
  const waiting = spaces.flatMap((space) => Array.from(space.unpurged(), (area) => unpurged(machine, area)));
  return [...used, ...waiting];
}

const KINDS = [
  [AreaFlag.ALLOC, "vmalloc"],
  [AreaFlag.MAP, "vmap"],
  [AreaFlag.RAM, "vm_map_ram"],
] as const;

const place = ({ kernelPages }: InfoMachine, { vpn, pages }: Area) => ({
  start: kernelPages.addressOf(vpn),
  end: kernelPages.addressOf(vpn + pages),
});

function describe(machine: InfoMachine, area: Area): VmallocInfo {
  const { symbols, architecture } = machine;
  const kind = KINDS.find(([flag]) => area.flags & flag)?.[1] ?? "vmap";
  const caller =
    area.caller === 0 || kind === "vm_map_ram" ? undefined : symbols.format(addressOfWord(architecture, area.caller));
  return { ...place(machine, area), caller, pages: area.backed, kind };
}

const unpurged = (machine: InfoMachine, area: Area): VmallocInfo => ({
  ...place(machine, area),
  caller: undefined,
  pages: 0,
  kind: "unpurged",
});

/** Formats a line as in /proc/vmallocinfo (vmalloc_info_show of mm/vmalloc.c) of a kernel without NUMA. */
export function formatVmallocInfo({ start, end, caller, pages, kind }: VmallocInfo): string {
  const size = String(end - start).padStart(7);
  const range = `${spellAddress(start)}-${spellAddress(end)} ${size}`;
  if (kind === "unpurged") return `${range} unpurged vm_area`;
  return [range, ...(caller === undefined ? [] : [caller]), ...(pages > 0 ? [`pages=${pages}`] : []), kind].join(" ");
}
