import type { Compared, Explained, ExplainedReport, MemoryAt, Moment, OpenedDump, Ran, Refused } from "../protocol.ts";
import { byId } from "./dom.ts";
import type { LineNote } from "./editor.ts";
import type { LinkTargets } from "./links.ts";
import { LogView } from "./log-view.ts";
import { MemoryView } from "./memory-view.ts";
import { ModesView } from "./modes-view.ts";
import type { ProgramPane } from "./program-pane.ts";
import { ReportView } from "./report-view.ts";
import { Tabs } from "./tabs.ts";
import { TimelineView } from "./timeline-view.ts";

/** What the panels ask for. */
interface ResultsParts {
  readonly program: ProgramPane;
  /** Finds the memory at an address; undefined if there is none. */
  inspect(address: bigint, moment: Moment): Promise<MemoryAt | undefined>;
  /** Runs the program in every mode. */
  compare(): void;
}

/** What came of a run, or of a file that was given: the panels, and the notes in the program. */
export class Results {
  readonly log: LogView;
  private readonly reports = new ReportView();
  private readonly memory: MemoryView;
  private readonly timeline: TimelineView;
  private readonly modes: ModesView;
  private readonly tabs: Tabs;
  private readonly program: ProgramPane;
  /** Whether addresses are looked up in a dump. */
  private hasDump = false;

  constructor({ program, inspect, compare }: ResultsParts) {
    this.program = program;
    const targets = () => this.targets;
    this.log = new LogView(targets);
    this.memory = new MemoryView(inspect, targets);
    this.timeline = new TimelineView(targets);
    this.modes = new ModesView(compare);
    this.tabs = new Tabs(byId("tabs"), "Results", [
      { id: "report", title: "Report", panel: this.reports.panel },
      { id: "log", title: "Kernel log", panel: this.log.panel },
      { id: "memory", title: "Memory", panel: this.memory.panel },
      { id: "timeline", title: "Time line", panel: this.timeline.panel },
      { id: "modes", title: "Modes", panel: this.modes.panel },
    ]);
  }

  /** Forgets what came of the program before. */
  clear(): void {
    this.hasDump = false;
    this.memory.clear();
    this.clearRun();
  }

  /** Says why there is nothing. */
  explainNothing(why: string): void {
    this.reports.show({ reports: [], more: 0 }, why, {});
  }

  /** Shows what came of a run; `none` is what is said if KASAN reported nothing. */
  async showRun({ explained, diagnostics, timeline }: Ran, none: string): Promise<void> {
    const { reports } = explained;
    const { editor } = this.program;
    editor.diagnose(diagnostics);
    editor.annotate(this.notesOf(reports));
    this.timeline.show(timeline);
    this.reports.show(explained, none, this.targets);
    this.memory.offerReport(reports.length > 0);
    const address = reports[0]?.address ?? timeline.events[0]?.address;
    if (address !== undefined) await this.memory.show(address);
  }

  /** Shows why a program did not run. */
  showRefusal({ details, diagnostics }: Refused): void {
    const { editor } = this.program;
    editor.diagnose(diagnostics);
    this.reports.showText(details);
    this.tabs.select("report");
    const first = diagnostics.find(({ severity }) => severity === "error");
    if (first) editor.go(first.line);
  }

  /** Shows the reports of a log that was given. Their addresses are looked up in a dump, if one is open. */
  showLog(explained: Explained): void {
    if (this.hasDump) this.clearRun();
    else this.clear();
    const { address } = this.targets;
    this.reports.show(explained, "No report was found in this log.", this.hasDump && address ? { address } : {});
    this.tabs.select("report");
  }

  /** Shows the memory of a dump. */
  async showDump({ address }: OpenedDump): Promise<void> {
    this.clear();
    this.hasDump = true;
    this.memory.offerReport(false);
    this.tabs.select("memory");
    await this.memory.show(address);
  }

  /** Forgets what each mode found. */
  clearModes(): void {
    this.modes.clear();
  }

  /** Shows what each mode found. */
  showModes({ modes }: Compared, arch: string): void {
    this.modes.show(modes, arch);
  }

  /** Forgets all but the memory. */
  private clearRun(): void {
    const { editor } = this.program;
    this.log.clear();
    this.explainNothing("");
    this.timeline.show({ events: [], more: 0 });
    this.modes.clear();
    editor.annotate([]);
    editor.diagnose([]);
  }

  private get targets(): LinkTargets {
    const { name, editor } = this.program;
    return {
      program: { file: name, go: (line) => editor.go(line) },
      address: (address) => {
        this.tabs.select("memory");
        void this.memory.show(address);
      },
    };
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
}
