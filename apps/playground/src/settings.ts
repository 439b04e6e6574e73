import { architectures } from "@kasan/architectures";
import { MODE_NAMES, type ModeName, modeNamed } from "@kasan/kernel";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";

/** What a reader of the page can choose about a run. The values are those of `kasan run`. */
export interface Settings {
  readonly arch: string;
  readonly mode: ModeName;
  readonly instrument: "outline" | "inline";
  readonly vmallocShadow: string;
  readonly shadowScheme: string;
  readonly optimize: "0" | "1" | "2" | "3" | "s" | "z";
  readonly useAfterScope: boolean;
  /** CPUs of the machine. Several need a page that is isolated from others. */
  readonly cpus: string;
  /** Whether the log has source lines. */
  readonly locate: boolean;
  /** Seconds after which a guest is stopped. */
  readonly timeout: string;
}

/** All RAM has shadow, a byte for each granule: no scheme. */
const PER_BYTE = "per-byte";

/** The settings that are chosen from a list, and what each list has. */
export const CHOICES = {
  arch: architectures.names,
  mode: MODE_NAMES,
  instrument: ["outline", "inline"],
  vmallocShadow: Object.keys(SCHEMES),
  shadowScheme: [PER_BYTE, ...Object.keys(PAGE_SCHEMES)],
  optimize: ["0", "1", "2", "3", "s", "z"],
  cpus: ["1", "2", "4"],
  timeout: ["5", "20", "60", "300"],
} as const satisfies Partial<Record<keyof Settings, readonly string[]>>;

/** The name of a setting that is chosen from a list. */
export type Choice = keyof typeof CHOICES;

/** The settings that are on or off. */
export const SWITCHES = ["useAfterScope", "locate"] as const satisfies readonly (keyof Settings)[];

/** What `kasan run` does without options. */
export const DEFAULTS: Settings = {
  arch: architectures.names[0]!,
  mode: "generic",
  instrument: "outline",
  vmallocShadow: "lazy",
  shadowScheme: PER_BYTE,
  optimize: "2",
  useAfterScope: true,
  cpus: "1",
  locate: true,
  timeout: "60",
};

/** Settings from anywhere: what is not among the choices has its default. */
export function settingsFrom(value: unknown): Settings {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const chosen = Object.entries(CHOICES).flatMap(([name, values]) =>
    (values as readonly unknown[]).includes(given[name]) ? [[name, given[name]] as const] : [],
  );
  const switched = SWITCHES.flatMap((name) => (typeof given[name] === "boolean" ? [[name, given[name]] as const] : []));
  return matching({ ...DEFAULTS, ...Object.fromEntries([...chosen, ...switched]) });
}

/** The modes of an architecture's kernels, and none. */
export const modesOf = (arch: string): ModeName[] => [...architectures.get(arch).modes, "off"];

/** The architecture that has the most modes. */
export const WITH_ALL_MODES = architectures.all.reduce((most, one) =>
  one.modes.length > most.modes.length ? one : most,
).name;

/** Whether a mode can have a scheme for the direct map's shadow. */
export const hasShadowSchemes = (mode: ModeName): boolean => modeNamed(mode).hasShadowSchemes;

/** Settings that go together: a mode that the architecture has, a scheme that the mode has. */
export function matching(settings: Settings): Settings {
  const mode = modesOf(settings.arch).includes(settings.mode) ? settings.mode : DEFAULTS.mode;
  return { ...settings, mode, ...(!hasShadowSchemes(mode) && { shadowScheme: PER_BYTE }) };
}

/** The settings in another mode. */
export const settingsIn = (mode: ModeName, settings: Settings): Settings => matching({ ...settings, mode });

/** The settings that differ from the defaults. */
export function changedSettings(settings: Settings): Partial<Settings> {
  const names = Object.keys(DEFAULTS) as (keyof Settings)[];
  return Object.fromEntries(
    names.flatMap((name) => (settings[name] === DEFAULTS[name] ? [] : [[name, settings[name]]])),
  );
}

/** The flags of `kasan run` that say the same. */
export function flagsOf(settings: Settings): string[] {
  return Object.entries(changedSettings(settings)).flatMap(([name, value]) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return typeof value === "boolean" ? [`--no-${flag}`] : [`--${flag}`, value];
  });
}
