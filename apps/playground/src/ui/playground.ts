import type { Example } from "../examples.ts";
import { packName } from "../pack.ts";
import type { ExplainedReport, Ran, Refused, RunEvent } from "../protocol.ts";
import { DEFAULTS, flagsOf, type Settings } from "../settings.ts";
import { byId, element } from "./dom.ts";
import { Editor, type LineNote } from "./editor.ts";
import type { LinkTargets } from "./links.ts";
import { LogView } from "./log-view.ts";
import { ReportView } from "./report-view.ts";
import { Runner, type Stopped } from "./runner.ts";
import { SettingsForm } from "./settings-form.ts";
import { fragmentOf, type Shared } from "./share.ts";
import { EXAMPLES } from "./shipped.ts";
import { Status } from "./status.ts";
import { Tabs } from "./tabs.ts";

/** The name of a program that was written here. */
const OWN_NAME = "bug.c";

/** The page: what is chosen, what runs, and what came of it. */
export class Playground {
  private readonly runner = new Runner();
  private readonly status = new Status(byId("status"));
  private readonly log = new LogView(() => this.targets);
  private readonly reports = new ReportView();
  private readonly tabs: Tabs;
  private readonly editor: Editor;
  private readonly settings: SettingsForm;
  private readonly examples = byId<HTMLSelectElement>("example");
  private name = OWN_NAME;

  constructor() {
    this.tabs = new Tabs(byId("tabs"), "Results", [
      { id: "report", title: "Report", panel: this.reports.panel },
      { id: "log", title: "Kernel log", panel: this.log.panel },
    ]);
    this.editor = new Editor(byId("editor"), { changed: () => this.edited(), run: () => void this.run() }, []);
    this.settings = new SettingsForm(byId("settings"), DEFAULTS, () => this.described());
    this.listExamples();
    byId("run").addEventListener("click", () => void this.run());
    byId("stop").addEventListener("click", () => this.runner.stop("hand"));
    byId("share").addEventListener("click", () => void this.share());
  }

  /** Opens an example, and runs it: it is compiled already. */
  openExample(example: Example): void {
    this.open({ program: example, settings: this.settings.value });
    void this.run();
  }

  /** Opens what a link holds. It runs when a person says so, unless it is one of the examples. */
  openShared(shared: Shared): void {
    this.open(shared);
    if (this.example) void this.run();
    else this.status.say("A program from a link. Run compiles it and runs it.");
  }

  /** Says what was wrong with a link. */
  refuse(message: string): void {
    this.status.say(message, "bad");
  }

  /** The example that the editor has, unchanged. */
  private get example(): Example | undefined {
    return EXAMPLES.find(({ text }) => text === this.editor.text);
  }

  private get targets(): LinkTargets {
    return { file: this.name, line: (line) => this.editor.go(line), address: () => {} };
  }

  private open({ program: { name, text }, settings }: Shared): void {
    this.runner.stop("hand");
    this.editor.text = text;
    this.name = this.example?.name ?? name;
    this.settings.show(settings);
    this.log.clear();
    this.reports.show([], "", this.targets);
    this.described();
  }

  private listExamples(): void {
    const groups = new Map<string, Example[]>();
    for (const example of EXAMPLES) {
      const bug = example.bug ?? "no bug";
      groups.set(bug, [...(groups.get(bug) ?? []), example]);
    }
    const option = ({ name }: Example) => element("option", { value: name }, name);
    this.examples.append(
      element("option", { value: "", hidden: true }, "your program"),
      ...[...groups].map(([label, examples]) => element("optgroup", { label }, ...examples.map(option))),
    );
    this.examples.addEventListener("change", () => {
      const chosen = EXAMPLES.find(({ name }) => name === this.examples.value);
      if (chosen) this.openExample(chosen);
    });
  }

  /** An example that was changed is a person's own program. */
  private edited(): void {
    const wasExample = EXAMPLES.some(({ name }) => name === this.name);
    this.name = this.example?.name ?? (wasExample ? OWN_NAME : this.name);
    this.described();
    this.status.say("");
  }

  /** Says what the editor has, and how to run the same elsewhere. */
  private described(): void {
    const example = this.example;
    this.examples.value = example?.name ?? "";
    byId("about").textContent = example?.about ?? "";
    byId("command").textContent = ["npx @kasan/cli run", this.name, ...flagsOf(this.settings.value)].join(" ");
  }

  private async share(): Promise<void> {
    const program = { name: this.name, text: this.editor.text };
    history.replaceState(null, "", await fragmentOf({ program, settings: this.settings.value }));
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    this.status.say(copied ? "The link is copied: program and settings are in it." : "The link is in the address bar.");
  }

  /** Runs what the editor has. */
  async run(): Promise<void> {
    const settings = this.settings.value;
    const program = { name: this.name, text: this.editor.text };
    const example = this.example;
    this.log.clear();
    this.editor.annotate([]);
    this.editor.diagnose([]);
    this.status.busy("starting");
    const pack = example && { pack: packName(example.name, settings.arch, settings.mode) };
    const ended = this.runner.run({ program, settings, ...pack }, (event) => this.tell(event));
    this.showRunning();
    try {
      const outcome = await ended;
      if (outcome.kind === "ran") this.ran(outcome, settings);
      else if (outcome.kind === "refused") this.refused(outcome);
      else this.stopped(outcome, settings);
    } catch (error) {
      this.status.say(`The page broke down: ${(error as Error).message}`, "alarm");
    } finally {
      this.showRunning();
    }
  }

  private showRunning(): void {
    const { running } = this.runner;
    byId<HTMLButtonElement>("stop").disabled = !running;
    byId("results").setAttribute("aria-busy", String(running));
  }

  private tell(event: RunEvent): void {
    if (event.kind === "log") this.log.add(event.lines);
    else if (event.kind === "again") this.log.clear();
    else if (event.kind === "progress") this.status.busy(event.what);
    else this.status.fetching(event.done, event.total);
  }

  private ran({ reports, stopped, diagnostics }: Ran, { mode }: Settings): void {
    this.editor.diagnose(diagnostics);
    this.editor.annotate(this.notesOf(reports));
    const none = mode === "off" ? "KASAN is off: nothing looks." : "KASAN found nothing wrong.";
    this.reports.show(reports, none, this.targets);
    const found = reports.length === 0 ? none : reports.map(({ title }) => title).join("; ");
    const end = stopped === undefined ? "" : ` (${stopped})`;
    this.status.say(
      `${found}${end}`,
      reports.length > 0 ? "bad" : stopped ? "alarm" : mode === "off" ? "quiet" : "good",
    );
  }

  private notesOf(reports: readonly ExplainedReport[]): LineNote[] {
    return reports.flatMap(({ places }, i) =>
      places.map(({ what, line }) => ({
        line,
        text: what,
        open: () => {
          this.tabs.select("report");
          this.reports.reveal(i);
        },
      })),
    );
  }

  private refused({ message, details, diagnostics }: Refused): void {
    this.editor.diagnose(diagnostics);
    this.reports.showText(details);
    this.status.say(`It did not run: ${message}`, "alarm");
    const [first] = diagnostics.filter(({ severity }) => severity === "error");
    if (first) this.editor.go(first.line);
  }

  private stopped({ by }: Stopped, { timeout }: Settings): void {
    this.reports.show([], "The program was stopped.", this.targets);
    this.status.say(by === "hand" ? "Stopped." : `Stopped: it did not end in ${timeout} s.`, "alarm");
  }
}
