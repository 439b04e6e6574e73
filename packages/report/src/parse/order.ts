import type { ParsedReport } from "./parsed.ts";

/** Reports that have ended, and wait for others that began before them. */
export class ReportOrder {
  /** In the order of the log. */
  private readonly waiting: ParsedReport[] = [];

  constructor(private readonly emit: (report: ParsedReport) => void) {}

  /** Takes a report. */
  add(report: ParsedReport): void {
    let at = this.waiting.length;
    while (at > 0 && this.waiting[at - 1]!.line > report.line) at--;
    this.waiting.splice(at, 0, report);
  }

  /** Hands on the reports that began before a line: no other will. */
  release(line: number): void {
    while (this.waiting.length > 0 && this.waiting[0]!.line < line) this.emit(this.waiting.shift()!);
  }
}
