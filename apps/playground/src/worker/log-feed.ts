import { formatLogLine, type LogLine } from "@kasan/kernel";
import type { Tell } from "../protocol.ts";

/** The page gets lines that often, in milliseconds: a message for each would hold up the guest. */
const PERIOD = 50;
/** More lines of a log are dropped: a guest that prints without end must not fill the browser's memory. */
const MOST_LINES = 20_000;

/** A run's log: kept, and passed on in batches. */
export class LogFeed {
  private readonly lines: LogLine[] = [];
  private sent = 0;
  private last = performance.now();

  constructor(private readonly tell: Tell) {}

  /** Takes the next line. */
  add(line: LogLine): void {
    if (this.lines.length < MOST_LINES) this.lines.push(line);
    else if (this.lines.length === MOST_LINES)
      this.lines.push({ ...line, text: `(further lines are not shown: this log has more than ${MOST_LINES})` });
    if (performance.now() - this.last > PERIOD) void this.flush();
  }

  /** Passes on what is left. */
  async flush(): Promise<void> {
    this.last = performance.now();
    const lines = this.lines.slice(this.sent);
    this.sent = this.lines.length;
    await this.tell({ kind: "log", lines });
  }

  /** The log as text. */
  get text(): string {
    return this.lines.map((line) => `${formatLogLine(line)}\n`).join("");
  }
}
