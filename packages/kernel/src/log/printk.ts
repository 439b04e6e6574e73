import { NO_LOCK, type SpinLock } from "../smp/lock.ts";

/** One line of the kernel log. */
export interface LogLine {
  /** KERN_EMERG 0 … KERN_DEBUG 7 (include/linux/kern_levels.h). */
  readonly level: number;
  /** Nanoseconds on the machine's clock. */
  readonly time: number;
  /** The line, without its newline. */
  readonly text: string;
  /** Whether the next line was printed together with it, as those of a report are. */
  readonly more?: true;
}

/** Receives each line when it is printed. */
export type LogSink = (line: LogLine) => void;

/** Level of a line that does not specify one (CONFIG_MESSAGE_LOGLEVEL_DEFAULT). */
const DEFAULT_LEVEL = 4;
/** Maximum line length; longer lines are truncated, as by printk (LOG_LINE_MAX of kernel/printk/printk.c). */
const LINE_MAX = 1024;

/** Formats a log line as the console prints it: `[    1.234567] text`. */
export function formatLogLine(line: LogLine): string {
  const seconds = Math.floor(line.time / 1e9);
  const micros = Math.floor((line.time % 1e9) / 1000);
  return `[${String(seconds).padStart(5)}.${String(micros).padStart(6, "0")}] ${line.text}`;
}

/**
 * The kernel log: levels, timestamps, and lines assembled from continuations (kernel/printk/printk.c). A line is emitted when its
 * newline arrives or another line begins.
 */
export class Printk {
  private readonly sink: LogSink;
  private readonly clock: () => number;
  private readonly trace: (text: string) => void;
  private tracing = true;
  private readonly lock: SpinLock;
  private pending: { level: number; text: string; time: number } | undefined;

  /**
   * @param sink - receives the lines
   * @param clock - returns the current time in nanoseconds
   * @param lock - the console's lock
   * @param trace - also receives the text of each line (the tracepoint `console`)
   */
  constructor(sink: LogSink, clock: () => number, lock: SpinLock = NO_LOCK, trace: (text: string) => void = () => {}) {
    this.trace = trace;
    this.lock = lock;
    this.sink = sink;
    this.clock = clock;
  }

  /** Prints formatted text, which may start with a level (`\x01` and a digit) or `\x01c` and contain newlines. */
  print(text: string): void {
    // The first of several levels counts.
    const marks = /^(?:\x01[0-7c])*/.exec(text)?.[0] ?? "";
    const level = Number(/[0-7]/.exec(marks)?.[0] ?? DEFAULT_LEVEL);
    const continues = marks.includes("c");
    text = text.slice(marks.length);
    if (this.pending && !continues) this.flush();
    const lines = text.split("\n");
    const rest = lines.pop() as string;
    for (const line of lines) {
      this.append(level, line);
      this.flush();
    }
    if (rest !== "") this.append(level, rest);
  }

  /** Prints one whole line. */
  line(level: number, text: string): void {
    this.flush();
    this.append(level, text);
    this.flush();
  }

  /** Prints whole lines that belong together. `tick`: called before each, for the time that printing it takes. */
  lines(lines: readonly { readonly level: number; readonly text: string }[], tick: () => void): void {
    this.flush();
    for (const [i, { level, text }] of lines.entries()) {
      tick();
      this.append(level, text);
      this.flush(i < lines.length - 1);
    }
  }

  /** Prints lines without calling console probes. */
  untraced(print: () => void): void {
    const before = this.tracing;
    this.tracing = false;
    print();
    this.tracing = before;
  }

  /** Forgets a line that is still waiting for its newline. */
  forget(): void {
    this.pending = undefined;
    this.tracing = true;
  }

  private append(level: number, text: string): void {
    this.pending ??= { level, text: "", time: this.clock() };
    this.pending.text = (this.pending.text + text).slice(0, LINE_MAX);
  }

  /** Emits a line that is still waiting for its newline. `more`: another follows that belongs to it. */
  flush(more = false): void {
    const line = this.pending;
    this.pending = undefined;
    if (!line) return;
    this.lock.acquire();
    this.sink(more ? { ...line, more } : line);
    // Output of the probe itself is not traced.
    if (this.tracing) this.untraced(() => this.trace(line.text));
    this.lock.release();
  }
}
