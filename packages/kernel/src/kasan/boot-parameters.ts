import { KernelError } from "../error.ts";
import { MODE_NAMES, MODES, modeNamed } from "./modes/index.ts";
import type { ModeName } from "./modes/mode.ts";
import { type BootParameters, DEFAULT_BOOT_PARAMETERS } from "./parameters.ts";

/** How to parse a boot parameter. Each mode lists the parameters that apply to it. */
interface Parameter {
  /** Allowed values, for messages. */
  readonly values: string;
  /** Returns the settings for a value; undefined if the value is invalid. */
  readonly read: (value: string) => Partial<BootParameters> | undefined;
}

/** Parses one of several words, each with its settings. */
const words = (table: Readonly<Record<string, Partial<BootParameters>>>): Pick<Parameter, "values" | "read"> => ({
  values: Object.keys(table).join(", "),
  read: (value) => (Object.hasOwn(table, value) ? table[value] : undefined),
});

/** Parses a number like kstrtoul() with base 0: decimal, 0x…, or octal with a leading 0. */
function parseNumber(value: string): number | undefined {
  if (/^\+?0x[0-9a-f]{1,13}$/i.test(value)) return Number.parseInt(value.replace("+", ""), 16);
  if (/^\+?0[0-7]{0,16}$/.test(value)) return Number.parseInt(value, 8);
  return /^\+?[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined;
}

/** A boolean, as kstrtobool() reads it. */
const flag = (set: (on: boolean) => Partial<BootParameters>): Parameter => ({
  values: "1, 0",
  read: (value) => (/^(?:[1yt]|on)/i.test(value) ? set(true) : /^(?:[0nf]|of)/i.test(value) ? set(false) : undefined),
});

/** A parameter that has no value. */
const given = (settings: Partial<BootParameters>): Parameter => ({
  values: "none",
  read: (value) => (value === "" ? settings : undefined),
});

/** The parameters, by name (mm/kasan/hw_tags.c, tags.c and report.c; mm/mm_init.c; lib/vsprintf.c). */
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
  init_on_alloc: flag((initOnAlloc) => ({ initOnAlloc })),
  init_on_free: flag((initOnFree) => ({ initOnFree })),
  kasan_multi_shot: given({ multiShot: true }),
  no_hash_pointers: given({ noHashPointers: true }),
};

/** Names of all boot parameters. */
export const BOOT_PARAMETER_NAMES: readonly string[] = Object.keys(PARAMETERS);

/**
 * Parses boot parameters; the last value of each name wins. A kernel ignores unknown parameters; here they are errors, so that
 * typing mistakes are noticed.
 *
 * @param list - names and values; the value is empty for a parameter without one
 * @param mode - the machine's mode; "off" has no KASAN
 * @throws {@link KernelError} `BOOT_PARAM` for an unknown name, one that does not apply to the mode, or an invalid value
 */
export function bootParameters(
  list: readonly (readonly [name: string, value: string])[],
  mode: ModeName,
): BootParameters {
  let parameters = DEFAULT_BOOT_PARAMETERS;
  for (const [name, value] of list) {
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (!known) {
      throw new KernelError("BOOT_PARAM", `no boot parameter "${name}"; there are: ${BOOT_PARAMETER_NAMES.join(", ")}`);
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

/** The modes that a parameter applies to. */
const modesWith = (name: string): ModeName[] => MODE_NAMES.filter((mode) => MODES[mode].bootParameters.includes(name));
