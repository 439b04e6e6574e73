import type { ExplainFormat, ParsedReport, Remains, ReportMail } from "@kasan/report";
import type { PartedOutput } from "../parted-output.ts";
import type { Symbolizer } from "../symbolize/symbolize.ts";
import type { LogListener, ReadLog } from "./read.ts";

/** So many reports are symbolized together: a start of the symbolizer takes as long as many look-ups. */
const BATCH = 256;

/** Tells a format of logs, their reports with source lines if there is a symbolizer, and waits for the output. */
export class Telling implements LogListener {
  /** Whether there was a report. */
  found = false;
  /** The first signs of a report in a log of which none could be read. */
  remains: Remains | undefined;
  /** Whether a log was no text. */
  noise = false;
  private waiting: ParsedReport[] = [];
  /** What is to be done in order, once the reports that wait are symbolized. */
  private readonly todo: ((symbolized: Iterator<ParsedReport>) => void)[] = [];

  constructor(
    private readonly format: ExplainFormat,
    private readonly name: string,
    private readonly output: PartedOutput,
    private readonly symbolizer: Symbolizer | undefined,
  ) {}

  /** A hash tells a log from others where ends of logs are told. */
  get wantsHash(): boolean {
    return this.format.endOfLog !== undefined;
  }

  /** Nothing was read yet. */
  begin(): void {
    this.format.begin?.();
  }

  report(report: ParsedReport, mail?: ReportMail): void {
    this.found = true;
    const source = { name: this.name, mail };
    if (this.symbolizer === undefined) return this.format.report(report, source);
    this.waiting.push(report);
    this.todo.push((symbolized) => this.format.report(symbolized.next().value, source));
  }

  endOfLog({ mail, hash, remains, isText }: ReadLog): void {
    this.noise ||= !isText;
    this.remains ??= remains;
    const tell = () => this.format.endOfLog?.({ name: this.name, mail, id: hash ?? "", unread: remains !== undefined });
    if (this.waiting.length > 0) this.todo.push(tell);
    else tell();
  }

  async ready(): Promise<void> {
    if (this.waiting.length >= BATCH) await this.symbolize();
    await this.output.ready();
  }

  /** All logs were read. */
  async end(): Promise<void> {
    await this.symbolize();
    this.format.end?.();
    await this.output.end();
  }

  private async symbolize(): Promise<void> {
    if (this.symbolizer === undefined) return;
    const symbolized = (await this.symbolizer.symbolize(this.waiting))[Symbol.iterator]();
    this.waiting = [];
    for (const tell of this.todo.splice(0)) tell(symbolized);
  }
}
