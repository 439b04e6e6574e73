import type { KasanMode } from "@kasan/shadow";
import { KernelError } from "../error.ts";

/** Which accesses tag checks stop at once (sync), or notice later (async); `asymm`: reads at once, writes later. */
export type TagCheckMode = "sync" | "async" | "asymm";

/** What a kernel's command line says of KASAN (Documentation/dev-tools/kasan.rst). */
export interface BootParameters {
  /** `kasan`: whether hardware tags are used at all. */
  readonly enabled: boolean;
  /** `kasan.mode`: how hardware tags are checked. */
  readonly mode: TagCheckMode;
  /** `kasan.vmalloc`: whether hardware tags are given to vmalloc areas. */
  readonly vmalloc: boolean;
  /** `kasan.write_only`: whether writes alone are checked, by hardware tags. Of kernels later than 6.12. */
  readonly writeOnly: boolean;
  /** `kasan.page_alloc.sample`: of allocations of pages, every so manieth gets a tag of the hardware. */
  readonly pageAllocSample: number;
  /** `kasan.page_alloc.sample.order`: of smaller ones, each. */
  readonly pageAllocSampleOrder: number;
  /** `kasan.stacktrace`: whether the tag-based modes save stacks of allocations and frees. */
  readonly stacktrace: boolean;
  /** `kasan.fault`: whether a report is followed by a panic. */
  readonly fault: "report" | "panic" | "panic_on_write";
  /** `kasan_multi_shot`: every bug is reported; undefined: as the machine's options say. */
  readonly multiShot?: boolean;
}

/** A kernel's command line that says nothing of KASAN. */
export const DEFAULT_BOOT_PARAMETERS: BootParameters = {
  enabled: true,
  mode: "sync",
  vmalloc: true,
  writeOnly: false,
  pageAllocSample: 1,
  pageAllocSampleOrder: 3,
  stacktrace: true,
  fault: "report",
};

interface Parameter {
  /** In which it means something. */
  readonly modes: readonly KasanMode[];
  /** What values there are, for people. */
  readonly values: string;
  /** What a value sets; undefined for one that is none. */
  readonly read: (value: string) => Partial<BootParameters> | undefined;
}

/** One of some words, each with what it sets. */
const words = (table: Readonly<Record<string, Partial<BootParameters>>>): Pick<Parameter, "values" | "read"> => ({
  values: Object.keys(table).join(", "),
  read: (value) => (Object.hasOwn(table, value) ? table[value] : undefined),
});

/** As kstrtoul() with base 0 reads it: decimal, 0x…, or octal with a leading 0. */
function parseNumber(value: string): number | undefined {
  if (/^\+?0x[0-9a-f]{1,13}$/i.test(value)) return Number.parseInt(value.replace("+", ""), 16);
  if (/^\+?0[0-7]{0,16}$/.test(value)) return Number.parseInt(value, 8);
  return /^\+?[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined;
}

const HW: readonly KasanMode[] = ["hw_tags"];
const ALL: readonly KasanMode[] = ["generic", "sw_tags", "hw_tags"];

/** The parameters, by name (mm/kasan/hw_tags.c, tags.c and report.c). */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  kasan: { modes: HW, ...words({ on: { enabled: true }, off: { enabled: false } }) },
  "kasan.mode": { modes: HW, ...words({ sync: { mode: "sync" }, async: { mode: "async" }, asymm: { mode: "asymm" } }) },
  "kasan.vmalloc": { modes: HW, ...words({ on: { vmalloc: true }, off: { vmalloc: false } }) },
  "kasan.write_only": { modes: HW, ...words({ on: { writeOnly: true }, off: { writeOnly: false } }) },
  "kasan.page_alloc.sample": {
    modes: HW,
    values: "a number from 1 on",
    read: (value) => {
      const number = parseNumber(value);
      return number === undefined || number < 1 || number >= 2 ** 31 ? undefined : { pageAllocSample: number };
    },
  },
  "kasan.page_alloc.sample.order": {
    modes: HW,
    values: "a number from 0 on",
    read: (value) => {
      const number = parseNumber(value);
      return number === undefined || number >= 2 ** 31 ? undefined : { pageAllocSampleOrder: number };
    },
  },
  "kasan.stacktrace": {
    modes: ["sw_tags", "hw_tags"],
    ...words({ on: { stacktrace: true }, off: { stacktrace: false } }),
  },
  "kasan.fault": {
    modes: ALL,
    ...words({ report: { fault: "report" }, panic: { fault: "panic" }, panic_on_write: { fault: "panic_on_write" } }),
  },
  kasan_multi_shot: { modes: ALL, values: "none", read: (value) => (value === "" ? { multiShot: true } : undefined) },
};

/** Names of the parameters that there are. */
export const BOOT_PARAMETER_NAMES: readonly string[] = Object.keys(PARAMETERS);

/**
 * Reads parameters, the last of each name counts. A kernel passes over what it does not know; here a slip of the pen is told.
 *
 * @param list - names and values; the value of one that takes none is empty
 * @param mode - of the machine; "off" has no KASAN
 * @throws {@link KernelError} `BOOT_PARAM` for a name that is none, one without meaning in that mode, or a value that is none
 */
export function bootParameters(
  list: readonly (readonly [name: string, value: string])[],
  mode: KasanMode | "off",
): BootParameters {
  let parameters = DEFAULT_BOOT_PARAMETERS;
  for (const [name, value] of list) {
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (!known) {
      throw new KernelError("BOOT_PARAM", `no boot parameter ${name}; there are: ${BOOT_PARAMETER_NAMES.join(", ")}`);
    }
    if (mode === "off" || !known.modes.includes(mode)) {
      const modes = known.modes.join(", ");
      throw new KernelError("BOOT_PARAM", `${name} means nothing in mode ${mode}; it is of ${modes}`);
    }
    const read = known.read(value);
    if (!read) throw new KernelError("BOOT_PARAM", `${name}=${value}: its values are: ${known.values}`);
    parameters = { ...parameters, ...read };
  }
  return parameters;
}
