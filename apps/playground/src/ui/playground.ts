import type { Example } from "../examples.ts";
import { packName } from "../pack.ts";
import type { Compared, ExplainedReport, Ran, Refused, RunEvent, RunOutcome, RunRequest, Tell } from "../protocol.ts";
import { DEFAULTS, flagsOf, modesOf, type Settings, WITH_ALL_MODES } from "../settings.ts";
import { byId } from "./dom.ts";
import { Editor, type LineNote } from "./editor.ts";
import { ExampleList } from "./example-list.ts";
import type { LinkTargets } from "./links.ts";
import { LogView } from "./log-view.ts";
import { MemoryView } from "./memory-view.ts";
import { ModesView } from "./modes-view.ts";
import { receive, take } from "./received.ts";
import { ReportView } from "./report-view.ts";
import { Runner } from "./runner.ts";
import { SettingsForm } from "./settings-form.ts";
import { fragmentOf, type Shared } from "./share.ts";
import { EXAMPLES } from "./shipped.ts";
import { Status } from "./status.ts";
import { Tabs } from "./tabs.ts";
import { TimelineView } from "./timeline-view.ts";

/** The name of a program that was written here. */
const OWN_NAME = "bug.c";

/** The page: what is chosen, what runs, and what came of it. */
export class Playground {
  private readonly runner = new Runner();
  private readonly status = new Status(byId("status"));
  private readonly log = new LogView(() => this.targets);
  private readonly reports = new ReportView();
  private readonly memory = new MemoryView(
    (address, moment) => this.runner.lab.inspect(address, moment),
    () => this.targets,
  );
  private readonly timeline = new TimelineView(() => this.targets);
  private readonly modes = new ModesView(() => void this.compare());
  private readonly tabs: Tabs;
  private readonly editor: Editor;
  private readonly settings: SettingsForm;
  private readonly examples = new ExampleList(byId("example"), (example) => this.openExample(example));
  private name = OWN_NAME;

  constructor() {
    this.tabs = new Tabs(byId("tabs"), "Results", [
      { id: "report", title: "Report", panel: this.reports.panel },
      { id: "log", title: "Kernel log", panel: this.log.panel },
      { id: "memory", title: "Memory", panel: this.memory.panel },
      { id: "timeline", title: "Time line", panel: this.timeline.panel },
      { id: "modes", title: "Modes", panel: this.modes.panel },
    ]);
    this.editor = new Editor(byId("editor"), { changed: () => this.edited(), run: () => void this.run() });
    this.settings = new SettingsForm(byId("settings"), DEFAULTS, () => this.described());
    byId("run").addEventListener("click", () => void this.run());
    byId("stop").addEventListener("click", () => this.runner.stop("hand"));
    byId("share").addEventListener("click", () => void this.share());
    const chooser = byId<HTMLInputElement>("file");
    receive(this);
    byId("open").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      const [file] = chooser.files ?? [];
      chooser.value = "";
      if (file) void take(file, this);
    });
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

  /** Opens a C file. */
  takeProgram(name: string, text: string): void {
    this.open({ program: { name: name.replace(/[^\w.-]/g, "_"), text }, settings: this.settings.value });
    this.status.say(`${name}: Run compiles it and runs it.`);
  }

  /** Explains the reports of a kernel's log. */
  async takeLog(text: string): Promise<void> {
    await this.working("reading the log", async (lab) => {
      const reports = await lab.explain(text);
      this.reports.show(reports, "No report was found in this log.", this.targets);
      this.editor.annotate([]);
      this.tabs.select("report");
      const count = reports.length === 1 ? "1 report" : `${reports.length} reports`;
      this.status.say(`${count} in the log that was given.`, reports.length > 0 ? "bad" : "quiet");
    });
  }

  /** Opens a memory image: addresses are looked up in it. */
  async takeDump(file: File): Promise<void> {
    await this.working("opening the dump", async (lab) => {
      const { about, address } = await lab.openDump(file);
      this.tabs.select("memory");
      this.memory.offerReport(false);
      await this.memory.show(address);
      this.status.say(`${file.name}: ${about}.`);
    });
  }

  /** Has the worker do something that is no run, and says what was wrong if it fails. */
  private async working(what: string, work: (lab: Runner["lab"]) => Promise<void>): Promise<void> {
    this.runner.stop("hand");
    this.status.busy(what);
    try {
      await work(this.runner.lab);
    } catch (error) {
      this.status.say((error as Error).message, "alarm");
    }
  }

  /** The example that the editor has, unchanged. */
  private get example(): Example | undefined {
    return EXAMPLES.find(({ text }) => text === this.editor.text);
  }

  private get targets(): LinkTargets {
    return {
      file: this.name,
      line: (line) => this.editor.go(line),
      address: (address) => {
        this.tabs.select("memory");
        void this.memory.show(address);
      },
    };
  }

  private open({ program: { name, text }, settings }: Shared): void {
    this.runner.stop("hand");
    this.editor.text = text;
    this.name = this.example?.name ?? name;
    this.settings.show(settings);
    this.clear();
    this.described();
  }

  /** Forgets what came of the program before. */
  private clear(): void {
    this.log.clear();
    this.reports.show([], "", this.targets);
    this.memory.clear();
    this.timeline.show([]);
    this.modes.clear();
    this.editor.annotate([]);
    this.editor.diagnose([]);
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
    this.examples.show(this.example);
    byId("about").textContent = this.example?.about ?? "";
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
    this.clear();
    const request = this.request(this.settings.value);
    const outcome = await this.ended<RunOutcome>(async (lab, tell) => lab.run(request, tell));
    if (outcome?.kind === "ran") await this.ran(outcome, request.settings);
    else if (outcome) this.refused(outcome);
  }

  /** Runs what the editor has in every mode. */
  private async compare(): Promise<void> {
    this.modes.clear();
    const arch = WITH_ALL_MODES;
    const request = this.request({ ...this.settings.value, arch });
    const { example } = this;
    const packs = example && modesOf(arch).map((mode) => [mode, packName(example.name, arch, mode)]);
    const outcome = await this.ended<Compared | Refused>(async (lab, tell) =>
      lab.compare(request, Object.fromEntries(packs ?? []), tell),
    );
    if (outcome?.kind === "compared") {
      this.modes.show(outcome.modes, arch);
      this.status.say("Every mode ran.");
    } else if (outcome) this.refused(outcome);
  }

  private request(settings: Settings): RunRequest {
    const { example } = this;
    const program = { name: this.name, text: this.editor.text };
    return { program, settings, ...(example && { pack: packName(example.name, settings.arch, settings.mode) }) };
  }

  /** What came of work with a guest; undefined if it was stopped or broke down, which is said. */
  private async ended<Outcome extends RunOutcome | Compared>(
    work: (lab: Runner["lab"], tell: Tell) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    this.status.busy("starting");
    const seconds = Number(this.settings.value.timeout);
    const running = this.runner.run(work, (event) => this.tell(event), seconds);
    this.showRunning();
    try {
      const outcome = await running;
      if (outcome.kind !== "stopped") return outcome;
      this.reports.show([], "The program was stopped.", this.targets);
      this.status.say(outcome.by === "hand" ? "Stopped." : `Stopped: it did not end in ${seconds} s.`, "alarm");
    } catch (error) {
      this.status.say(`The page broke down: ${(error as Error).message}`, "alarm");
    } finally {
      this.showRunning();
    }
    return undefined;
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

  private async ran({ reports, stopped, diagnostics, timeline }: Ran, { mode }: Settings): Promise<void> {
    this.editor.diagnose(diagnostics);
    this.editor.annotate(this.notesOf(reports));
    this.timeline.show(timeline);
    const none = mode === "off" ? "KASAN is off: nothing looks." : "KASAN found nothing wrong.";
    this.reports.show(reports, none, this.targets);
    const found = reports.length === 0 ? none : reports.map(({ title }) => title).join("; ");
    const tone = reports.length > 0 ? "bad" : stopped ? "alarm" : mode === "off" ? "quiet" : "good";
    this.status.say(stopped === undefined ? found : `${found} (${stopped})`, tone);
    const address = reports[0]?.address ?? timeline[0]?.address;
    this.memory.offerReport(reports.length > 0);
    if (address !== undefined) await this.memory.show(address);
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
    this.tabs.select("report");
    this.status.say(`It did not run: ${message}`, "alarm");
    const first = diagnostics.find(({ severity }) => severity === "error");
    if (first) this.editor.go(first.line);
  }
}
