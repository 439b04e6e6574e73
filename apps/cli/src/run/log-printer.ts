import { formatLogLine, type LogLine } from "@kasan/kernel";
import {
  explainText,
  fingerprintOf,
  type KasanReport,
  type Painter,
  type ParsedReport,
  signatureOf,
} from "@kasan/report";
import { foldFrames } from "./fold.ts";
import { reportsOf } from "./reports-of.ts";
import { snippetOf } from "./snippet.ts";

/** The line above and below a report. */
const RULE = "=".repeat(66);

/** How a log is printed. */
export interface PrintOptions {
  readonly paint: Painter;
  /** Frames that every run has become one line. */
  readonly folds: boolean;
  /** A bug that was reported before is reported again. */
  readonly allReports: boolean;
  /** The source lines stand below each report. */
  readonly snippets: boolean;
  /** Each report is explained. */
  readonly explains: boolean;
}

/**
 * Prints a machine's log as it comes. The lines of a report wait until the report itself is there, which follows at once: the same bug again
 * is counted, not printed.
 */
export class LogPrinter {
  /** Reports of bugs that were reported before. */
  repeated = 0;
  private held: LogLine[] = [];
  private readonly known = new Set<string>();

  constructor(
    private readonly write: (text: string) => void,
    private readonly options: PrintOptions,
  ) {}

  /** Takes the next line. */
  line(line: LogLine): void {
    const inReport = this.held.length > 0 ? this.held.at(-1)!.more === true : line.text === RULE && line.more === true;
    if (!inReport) this.flush();
    if (inReport) this.held.push(line);
    else this.write(this.textOf([line]));
  }

  /** Takes the report of the last lines. */
  report(report: KasanReport): void {
    const lines = this.held.splice(0);
    const [parsed] = reportsOf(lines);
    if (parsed && !this.options.allReports && this.isKnown(parsed)) {
      this.repeated++;
      return;
    }
    const { paint, snippets, explains } = this.options;
    this.write(this.textOf(lines));
    if (snippets) this.write(snippetOf(report, paint));
    if (explains && parsed) this.write(`\n${explainText(parsed, paint)}\n`);
  }

  /** The log has ended. */
  end(): void {
    this.flush();
  }

  private flush(): void {
    if (this.held.length > 0) this.write(this.textOf(this.held.splice(0)));
  }

  private isKnown(parsed: ParsedReport): boolean {
    const fingerprint = fingerprintOf(signatureOf(parsed));
    if (this.known.has(fingerprint)) return true;
    this.known.add(fingerprint);
    return false;
  }

  private textOf(lines: readonly LogLine[]): string {
    if (!this.options.folds) return lines.map((line) => `${this.painted(line)}\n`).join("");
    const { dim } = this.options.paint;
    return foldFrames(lines.map(({ text }) => text))
      .map((part) => `${"index" in part ? this.painted(lines[part.index]!) : `${" ".repeat(15)}${dim(part.folded)}`}\n`)
      .join("");
  }

  private painted(line: LogLine): string {
    const { bold, dim, red } = this.options.paint;
    const whole = formatLogLine(line);
    const time = whole.slice(0, whole.length - line.text.length);
    return dim(time) + (/^BUG: |^Kernel panic|^Oops: /.test(line.text) ? bold(red(line.text)) : line.text);
  }
}
