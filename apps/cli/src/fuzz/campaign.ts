import { constants } from "node:os";
import { join } from "node:path";
import { inputName } from "@kasan/fuzz/folder";
import type { FuzzFlags } from "../commands/fuzz.ts";
import { ENDING_SIGNALS } from "../ending-signals.ts";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { plural } from "../plural.ts";
import { writeCoverage } from "../run/coverage.ts";
import type { Checked } from "./checked.ts";
import { Crew } from "./crew.ts";
import type { EndReason, RunEvent } from "./events.ts";
import { bugText, FindingsFolder } from "./findings.ts";
import { Found } from "./found.ts";
import { openSession } from "./session.ts";
import { StatsFile, type Status, statusText } from "./status.ts";
import type { Teller } from "./teller.ts";
import type { FoundBug, FromWorker } from "./worker-messages.ts";

/** Milliseconds between two looks at the status line and the clock. */
const TICK = 200;

/** What a run is made from. */
export interface CampaignParts {
  readonly files: readonly string[];
  readonly flags: FuzzFlags;
  readonly checked: Checked;
  readonly teller: Teller;
  readonly streams: Streams;
  /** The command that runs an input of a file again. */
  readonly replay: (file: string) => string;
}

/** Fuzzes until a limit or Ctrl-C. @returns the exit code */
export async function campaign(parts: CampaignParts): Promise<number> {
  const run = new Campaign(parts);
  const reason = await run.run();
  return await run.summarize(reason);
}

/**
 * The main thread's part of a run: workers fuzz, and this one keeps what they find, tells it, and hands it to the others. It never waits for
 * an input, so that Ctrl-C ends a run at once.
 */
class Campaign {
  private readonly parts: CampaignParts;
  private readonly findings: FindingsFolder;
  private readonly stats: StatsFile;
  private readonly found: Found;
  /** Bugs that are told when their inputs are small, by key. */
  private readonly growing = new Map<string, FoundBug>();
  private readonly known: number;
  private bugs = 0;
  private target = "";
  private started = 0;
  private newEdge = 0;
  private lastSecond: { readonly at: number; readonly executions: number } = { at: 0, executions: 0 };
  private crew: Crew | undefined;
  /** The signal that ended the run. */
  private signal: NodeJS.Signals | undefined;

  constructor(parts: CampaignParts) {
    const { flags } = parts;
    this.parts = parts;
    this.findings = FindingsFolder.open(flags.findings);
    this.stats = new StatsFile(flags.stats ?? join(this.findings.path, "stats.csv"));
    this.known = this.findings.keys.length;
    this.found = new Found(parts.checked.inputs.map(({ bytes }) => bytes));
  }

  /** Fuzzes. @returns why it ended */
  async run(): Promise<EndReason> {
    const { files, flags, checked } = this.parts;
    const { dictionary } = checked;
    const inputs = checked.inputs.map(({ bytes }) => bytes);
    const task = { files, flags, inputs, dictionary, known: this.findings.keys };
    const crew = new Crew(task, { jobs: flags.jobs, executions: flags.runs, hear: (...heard) => this.hear(...heard) });
    this.crew = crew;
    try {
      return await this.until(crew.done);
    } finally {
      await crew.end();
      // Their inputs are as small as they became.
      for (const bug of [...this.growing.values()]) this.tell(bug);
    }
  }

  /** Waits for a limit, a signal, or the workers' end. */
  private until(done: Promise<void>): Promise<EndReason> {
    return new Promise((resolve, reject) => {
      const signal = (name: NodeJS.Signals) => {
        this.signal = name;
        end(() => resolve("signal"));
      };
      const clock = setInterval(() => {
        try {
          if (this.tick()) end(() => resolve("time"));
        } catch (error) {
          end(() => reject(error));
        }
      }, TICK);
      const end = (settle: () => void) => {
        clearInterval(clock);
        for (const name of ENDING_SIGNALS) process.off(name, signal);
        settle();
      };
      for (const name of ENDING_SIGNALS) process.on(name, signal);
      done.then(
        () => end(() => resolve("runs")),
        (error: unknown) => end(() => reject(error)),
      );
    });
  }

  /** What is done again and again. @returns whether the time is over */
  private tick(): boolean {
    if (this.started === 0) return false;
    const { teller, flags } = this.parts;
    const now = performance.now();
    if (now - this.lastSecond.at >= 1000) {
      const status = this.status();
      this.lastSecond = { at: now, executions: status.executions };
      this.stats.add(status);
      this.say({ event: "status", ...status });
      teller.progress.show(statusText(status));
    }
    return flags.time !== undefined && now - this.started >= 1000 * flags.time;
  }

  /** `whole`: of all of the run, not of the last second. */
  private status(whole = false): Status {
    const now = performance.now();
    const executions = this.crew?.executions ?? 0;
    const { at, executions: before } = whole ? { at: this.started, executions: 0 } : this.lastSecond;
    const seconds = (since: number) => Math.round(now - since) / 1000;
    return {
      seconds: seconds(this.started),
      executions,
      executions_per_second: Math.round(((executions - before) / Math.max(1, now - at)) * 1000),
      ...{ edges: this.found.edges, features: this.found.features, corpus: this.found.inputs.length },
      findings: this.bugs,
      seconds_since_new_edge: seconds(this.newEdge),
    };
  }

  private hear(worker: number, message: FromWorker): void {
    switch (message.kind) {
      case "progress":
        this.parts.teller.progress.show(message.text);
        break;
      case "diagnostics":
        // All workers compile the same.
        if (worker === 0) this.parts.teller.err(message.text);
        break;
      case "ready":
        if (worker === 0 && this.signal === undefined) this.begin(message.target);
        break;
      case "new":
        this.keep(worker, message.input, message.first, message.edges);
        break;
      case "shorter":
        this.shorten(message.input, message.instead);
        break;
      case "finding":
        this.grow(worker, message.bug);
        break;
      case "minimized":
        if (this.growing.has(message.bug.key)) this.tell(message.bug);
        break;
      case "teardown":
        this.bugs++;
        this.say({ event: "teardown", title: message.title, log: message.log });
        if (this.parts.flags.format !== "json")
          this.parts.teller.out(`at the module's exit: ${message.title}\n${message.log}`);
    }
  }

  private begin(target: string): void {
    const { files, flags, teller, checked } = this.parts;
    this.target = target;
    this.started = this.newEdge = performance.now();
    this.lastSecond = { at: this.started, executions: 0 };
    teller.progress.clear();
    const { jobs, seed } = flags;
    const begins = { target, files, jobs, seed, corpus: checked.inputs.length, known: this.known };
    this.say({ event: "start", version: 1, ...begins });
    if (this.known > 0) teller.say(target, `${plural(this.known, "bug")} known, of ${this.findings.path}`);
  }

  /** Keeps an input that reaches what none did, and hands it to the other workers. */
  private keep(worker: number, input: Uint8Array, first: readonly number[], edges: number): void {
    const before = this.found.edges;
    const name = inputName(input);
    const given = this.found.isGiven(name);
    if (!this.found.add(name, input, first, edges)) return;
    if (this.found.edges > before) this.newEdge = performance.now();
    if (!given) {
      this.saveInput(input, name);
      this.crew?.tellOthers(worker, { input });
    }
    const { edges: reached, features } = this.found;
    const seconds = this.status().seconds;
    this.say({ event: "new", seconds, input: name, bytes: input.length, edges: reached, features });
  }

  private shorten(input: Uint8Array, instead: Uint8Array): void {
    const { corpus } = this.parts.checked;
    const [name, before] = [inputName(input), inputName(instead)];
    if (!this.found.replace(before, name, input)) return;
    this.saveInput(input, name);
    // The user's own inputs stay.
    if (!this.found.isGiven(before)) corpus?.remove(before);
  }

  /** Keeps a bug at once; it is told when its input is small. */
  private grow(worker: number, bug: FoundBug): void {
    if (this.growing.has(bug.key) || this.findings.keys.includes(bug.key)) return;
    this.growing.set(bug.key, bug);
    this.bugs++;
    this.crew?.tellOthers(worker, { known: bug.key });
    this.save(bug);
  }

  private tell(bug: FoundBug): void {
    const { teller, flags, replay } = this.parts;
    this.growing.delete(bug.key);
    const { input, log } = this.save(bug);
    const { key, kind, title, execution } = bug;
    const [bytes, command] = [bug.input.length, replay(input)];
    const seconds = this.status().seconds;
    this.say({ event: "finding", seconds, key, kind, title, bytes, input, log, execution, replay: command });
    if (flags.format !== "json") teller.out(bugText(bug, { input, log }, command));
  }

  private say(event: RunEvent): void {
    if (this.parts.flags.format === "json") this.parts.teller.out(`${JSON.stringify(event)}\n`);
  }

  /** Writes a bug's files. */
  private save(bug: FoundBug): ReturnType<FindingsFolder["save"]> {
    try {
      return this.findings.save(bug);
    } catch (error) {
      this.growing.delete(bug.key);
      this.tellLost(bug.title, bug.input);
      throw error;
    }
  }

  /** Writes an input to the corpus. */
  private saveInput(input: Uint8Array, name: string): void {
    try {
      this.parts.checked.corpus?.save(input, name);
    } catch (error) {
      this.tellLost("new in the corpus", input);
      throw error;
    }
  }

  /** What cannot be written is at least told. */
  private tellLost(what: string, input: Uint8Array): void {
    const hex = Buffer.from(input).toString("hex");
    this.parts.teller.err(`kasan: ${this.target}: ${what}\n  the input, which cannot be kept, in hex: ${hex}\n`);
  }

  /** Tells what the run did. @returns the exit code */
  async summarize(reason: EndReason): Promise<number> {
    const { files, flags, checked, teller, streams } = this.parts;
    // Ctrl-C while it compiles.
    if (this.started === 0 && this.signal !== undefined) {
      teller.err("kasan: ended before the first input\n");
      return 128 + constants.signals[this.signal];
    }
    const status = this.status(true);
    this.stats.add(status);
    if (flags.coverage !== undefined) {
      const progress = (what: string) => teller.progress.show(what);
      const session = await openSession(files, flags, { progress, tell: () => {} });
      try {
        const given = checked.inputs.map(({ bytes }) => bytes);
        const reached = await session.coverage([...given, ...this.found.inputs]);
        teller.progress.clear();
        await writeCoverage(reached, this.target, flags, streams);
      } finally {
        session.close();
      }
    }
    this.say({ event: "end", reason, ...status, known: this.known });
    teller.say(this.target, statusText(status));
    return this.bugs > 0 ? ExitCode.bugs : ExitCode.clean;
  }
}
