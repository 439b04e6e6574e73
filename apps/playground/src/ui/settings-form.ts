import { CHOICES, type Choice, hasShadowSchemes, matching, modesOf, type Settings, SWITCHES } from "../settings.ts";
import { element } from "./dom.ts";

/** What each list is called, and what its values mean where their names do not say it. */
const LABELS: Readonly<Record<Choice, string>> = {
  arch: "Architecture",
  mode: "Mode",
  instrument: "Checks",
  vmallocShadow: "vmalloc shadow",
  shadowScheme: "RAM shadow",
  optimize: "Optimization",
  timeout: "Time limit",
  cpus: "CPUs",
};

const MEANINGS: Partial<Readonly<Record<Choice, (value: string) => string>>> = {
  optimize: (value) => `-O${value}`,
  timeout: (value) => `${value} s`,
  instrument: (value) => (value === "outline" ? "calls" : "inline"),
};

const SWITCH_LABELS: Readonly<Record<(typeof SWITCHES)[number], string>> = {
  useAfterScope: "poison variables out of scope",
  locate: "source lines in the log",
};

/** Chosen often: the others are folded. */
const FREQUENT: readonly Choice[] = ["arch", "mode"];

/** Several CPUs are threads, which share memory: pages may that are isolated from others. */
const MAY_SHARE = globalThis.crossOriginIsolated;
const WHY_ONE = element("p", { class: "dim" }, "Several CPUs need a host that sends the headers COOP and COEP.");

/** The form for what can be chosen about a run. */
export class SettingsForm {
  private readonly lists: ReadonlyMap<Choice, HTMLSelectElement>;
  private readonly switches: ReadonlyMap<(typeof SWITCHES)[number], HTMLInputElement>;

  /** @param changed - called with the settings when a person changes them */
  constructor(
    form: HTMLElement,
    private now: Settings,
    private readonly changed: (settings: Settings) => void,
  ) {
    const names = Object.keys(CHOICES) as Choice[];
    this.lists = new Map(names.map((name) => [name, element("select", { name, change: () => this.read() })]));
    const box = (name: string) => element("input", { type: "checkbox", name, change: () => this.read() });
    this.switches = new Map(SWITCHES.map((name) => [name, box(name)]));
    const field = (name: Choice) =>
      element("label", { class: "field" }, element("span", {}, LABELS[name]), " ", this.lists.get(name)!);
    const rest = element(
      "details",
      { class: "more" },
      element("summary", {}, "More settings"),
      element(
        "div",
        { class: "fields" },
        ...names.filter((name) => !FREQUENT.includes(name)).map(field),
        ...[...this.switches].map(([name, box]) =>
          element("label", { class: "check" }, box, ` ${SWITCH_LABELS[name]}`),
        ),
        ...(MAY_SHARE ? [] : [WHY_ONE]),
      ),
    );
    form.append(...FREQUENT.map(field), rest);
    this.show(now);
  }

  /** The settings. */
  get value(): Settings {
    return this.now;
  }

  /** Shows settings. */
  show(settings: Settings): void {
    this.now = settings;
    for (const [name, list] of this.lists) {
      const meaning = MEANINGS[name] ?? ((value) => value);
      const values: readonly string[] = name === "mode" ? modesOf(settings.arch) : CHOICES[name];
      list.replaceChildren(...values.map((value) => element("option", { value }, meaning(value))));
      list.value = settings[name];
    }
    this.lists.get("shadowScheme")!.disabled = !hasShadowSchemes(settings.mode);
    this.lists.get("instrument")!.disabled = settings.mode === "off" || settings.mode === "hw_tags";
    this.lists.get("cpus")!.disabled = !MAY_SHARE;
    for (const [name, box] of this.switches) box.checked = settings[name];
  }

  private read(): void {
    const chosen = [...this.lists].map(([name, list]) => [name, list.value] as const);
    const switched = [...this.switches].map(([name, box]) => [name, box.checked] as const);
    this.show(matching(Object.fromEntries([...chosen, ...switched]) as unknown as Settings));
    this.changed(this.now);
  }
}
