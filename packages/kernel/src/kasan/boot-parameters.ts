import { KernelError } from "../error.ts";
import { MODE_NAMES, MODES, modeNamed } from "./modes/index.ts";
import type { ModeName } from "./modes/mode.ts";
import { type BootParameters, DEFAULT_BOOT_PARAMETERS } from "./parameters.ts";

/** How one of the parameters is read. In which modes it means something, the modes say. */
interface Parameter {
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

/** The parameters, by name (mm/kasan/hw_tags.c, tags.c and report.c). */
const PARAMETERS: Readonly<Record<string, Parameter>> = {
  kasan: { ...words({ on: { enabled: true }, off: { enabled: false } }) },
  "kasan.mode": { ...words({ sync: { mode: "sync" }, async: { mode: "async" }, asymm: { mode: "asymm" } }) },
  "kasan.vmalloc": { ...words({ on: { vmalloc: true }, off: { vmalloc: false } }) },
  "kasan.write_only": { ...words({ on: { writeOnly: true }, off: { writeOnly: false } }) },
  "kasan.page_alloc.sample": {
    values: "a number from 1 on",
    read: (value) => {
      const number = parseNumber(value);
      return number === undefined || number < 1 || number >= 2 ** 31 ? undefined : { pageAllocSample: number };
    },
  },
  "kasan.page_alloc.sample.order": {
    values: "a number from 0 on",
    read: (value) => {
      const number = parseNumber(value);
      return number === undefined || number >= 2 ** 31 ? undefined : { pageAllocSampleOrder: number };
    },
  },
  "kasan.stacktrace": {
    ...words({ on: { stacktrace: true }, off: { stacktrace: false } }),
  },
  "kasan.fault": {
    ...words({ report: { fault: "report" }, panic: { fault: "panic" }, panic_on_write: { fault: "panic_on_write" } }),
  },
  kasan_multi_shot: { values: "none", read: (value) => (value === "" ? { multiShot: true } : undefined) },
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
  mode: ModeName,
): BootParameters {
  let parameters = DEFAULT_BOOT_PARAMETERS;
  for (const [name, value] of list) {
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (!known) {
      throw new KernelError("BOOT_PARAM", `no boot parameter ${name}; there are: ${BOOT_PARAMETER_NAMES.join(", ")}`);
    }
    if (!modeNamed(mode).bootParameters.includes(name)) {
      throw new KernelError(
        "BOOT_PARAM",
        `${name} means nothing in mode ${mode}; it is of ${modesWith(name).join(", ")}`,
      );
    }
    const read = known.read(value);
    if (!read) throw new KernelError("BOOT_PARAM", `${name}=${value}: its values are: ${known.values}`);
    parameters = { ...parameters, ...read };
  }
  return parameters;
}

/** The modes in which a parameter means something. */
const modesWith = (name: string): ModeName[] => MODE_NAMES.filter((mode) => MODES[mode].bootParameters.includes(name));
