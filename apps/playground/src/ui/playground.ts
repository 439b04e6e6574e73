import type { Tone } from "@kasan/html";
import type { ModeName } from "@kasan/kernel";
import type { Example } from "../examples.ts";
import { packName } from "../pack.ts";
import type {
  Compared,
  Explained,
  OpenedDump,
  OpenedLog,
  Ran,
  Refused,
  RunEvent,
  RunOutcome,
  Tell,
} from "../protocol.ts";
import { modesOf, WITH_ALL_MODES } from "../settings.ts";
import { byId } from "./dom.ts";
import { ProgramPane } from "./program-pane.ts";
import { type Receivers, receive, take } from "./received.ts";
import { Results } from "./results.ts";
import { Runner } from "./runner.ts";
import { fragmentOf, programName, type Shared } from "./share.ts";
import { Status } from "./status.ts";

/** The page: what a person asks for is done, and said. */
export class Playground implements Receivers {
  private readonly runner = new Runner();
  private readonly status = new Status(byId("status"));
  private readonly program = new ProgramPane({
    chosen: (example) => this.openExample(example),
    edited: () => {
      if (!this.runner.working) this.status.say("");
    },
    run: () => void this.run(),
  });
  private readonly results = new Results({
    program: this.program,
    inspect: (address, moment) => this.runner.lab.inspect(address, moment),
    compare: () => void this.compare(),
  });

  constructor() {
    byId("run").addEventListener("click", () => void this.run());
    byId("stop").addEventListener("click", () => this.runner.stop("hand"));
    byId("share").addEventListener("click", () => void this.share());
    addEventListener("keydown", (event) => {
      // In the editor, it is the editor's.
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) void this.run();
    });
    receive(this);
    const chooser = byId<HTMLInputElement>("file");
    byId("open").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      if (chooser.files?.length) void take(chooser.files, this).finally(() => (chooser.value = ""));
    });
  }

  /** Opens an example, and runs it: it is compiled already. */
  openExample(example: Example): void {
    this.open({ program: example, settings: this.program.settings });
    void this.run();
  }

  /** Opens what a link holds. It runs when a person says so, unless it is one of the examples. */
  openShared(shared: Shared): void {
    this.open(shared);
    if (this.program.example) void this.run();
    else this.status.say("A program from a link. Run compiles it and runs it.");
  }

  refuse(message: string): void {
    this.status.say(message, "alarm");
  }

  takeProgram(name: string, text: string): void {
    this.open({ program: { name: programName(name), text }, settings: this.program.settings });
    this.status.say(`${name}: Run compiles it and runs it.`);
  }

  async takeLog(text: string): Promise<void> {
    const explained = await this.ended("reading the log", (lab) => lab.explain(text));
    if (explained) this.explained(explained, "the log that was pasted");
  }

  async takeFile(file: File): Promise<void> {
    const { arch } = this.program.settings;
    const opened = await this.ended<OpenedLog | OpenedDump>(`opening ${file.name}`, async (lab) =>
      lab.open(file, arch),
    );
    if (opened?.kind === "log") this.explained(opened, file.name);
    if (opened?.kind !== "dump") return;
    await this.results.showDump(opened);
    this.status.say(`${file.name}: ${opened.about}.`);
  }

  /** Runs what the editor has. */
  async run(): Promise<void> {
    this.results.clear();
    const request = this.program.request(this.program.settings);
    const outcome = await this.ended<RunOutcome>("starting", (lab, tell) => lab.run(request, tell));
    if (outcome?.kind === "ran") await this.ran(outcome, request.settings.mode);
    else if (outcome) this.refused(outcome);
  }

  private open(shared: Shared): void {
    this.runner.stop("next");
    this.program.open(shared);
    this.results.clear();
  }

  private async share(): Promise<void> {
    try {
      history.replaceState(null, "", await fragmentOf(this.program.shared));
    } catch (error) {
      return this.refuse((error as Error).message);
    }
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    this.status.say(copied ? "The link is copied: program and settings are in it." : "The link is in the address bar.");
  }

  /** Runs what the editor has in every mode. */
  private async compare(): Promise<void> {
    this.results.clearModes();
    const arch = WITH_ALL_MODES;
    const { example, settings } = this.program;
    const request = this.program.request({ ...settings, arch });
    const packs = example && modesOf(arch).map((mode) => [mode, packName(example.name, arch, mode)]);
    const outcome = await this.ended<Compared | Refused>("starting", (lab, tell) =>
      lab.compare(request, Object.fromEntries(packs ?? []), tell),
    );
    if (outcome?.kind === "compared") {
      this.results.showModes(outcome, arch);
      this.status.say("Every mode ran.");
    } else if (outcome) this.refused(outcome);
  }

  /** What came of work; undefined if it was stopped or broke down, which is said. */
  private async ended<Outcome extends object>(
    what: string,
    work: (lab: Runner["lab"], tell: Tell) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    this.status.busy(what);
    const seconds = Number(this.program.settings.timeout);
    const working = this.runner.run(work, (event) => this.tell(event), seconds);
    this.showWorking();
    try {
      const outcome = await working;
      if (!("by" in outcome)) return outcome;
      if (outcome.by === "next") return undefined;
      this.results.explainNothing("It was stopped.");
      this.status.say(outcome.by === "hand" ? "Stopped." : `Stopped: it did not end in ${seconds} s.`, "alarm");
    } catch (error) {
      this.status.say((error as Error).message, "alarm");
    } finally {
      this.showWorking();
    }
    return undefined;
  }

  private showWorking(): void {
    const { working } = this.runner;
    byId<HTMLButtonElement>("stop").disabled = !working;
    byId("results").setAttribute("aria-busy", String(working));
  }

  private tell(event: RunEvent): void {
    if (event.kind === "log") this.results.log.add(event.lines);
    else if (event.kind === "again") this.results.log.clear();
    else if (event.kind === "progress") this.status.busy(event.what);
    else this.status.fetching(event.done, event.total);
  }

  private async ran(ran: Ran, mode: ModeName): Promise<void> {
    const { explained, remarks } = ran;
    const none = mode === "off" ? "KASAN is off: nothing looks." : "KASAN found nothing wrong.";
    const found = explained.reports.length > 0 ? titlesOf(explained) : none;
    const quiet: Tone = mode === "off" ? "quiet" : "good";
    const tone = explained.reports.length > 0 ? "bad" : remarks.length > 0 ? "alarm" : quiet;
    const remark = remarks.length > 0 ? ` (${remarks.join(", ")})` : "";
    this.status.say(found + remark, tone);
    await this.results.showRun(ran, none + remark);
  }

  private explained(explained: Explained, where: string): void {
    this.results.showLog(explained);
    const count = explained.reports.length + explained.more;
    if (count === 0) this.status.say(`No report in ${where}.`, "quiet");
    else this.status.say(`${count === 1 ? "1 report" : `${count} reports`} in ${where}.`, "bad");
  }

  private refused(refused: Refused): void {
    this.results.showRefusal(refused);
    this.status.say(`It did not run: ${refused.message}`, "alarm");
  }
}

/** Titles of reports that are listed; more are counted. */
const MOST_TITLES = 3;

/** `KASAN: invalid-free in foo; 2 × KASAN: …; and 4 more`. */
function titlesOf({ reports, more }: Explained): string {
  const counts = new Map<string, number>();
  for (const { title } of reports) counts.set(title, (counts.get(title) ?? 0) + 1);
  const listed = [...counts].slice(0, MOST_TITLES);
  const rest = reports.length + more - listed.reduce((sum, [, count]) => sum + count, 0);
  const titles = listed.map(([title, count]) => (count === 1 ? title : `${count} × ${title}`));
  return [...titles, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}
