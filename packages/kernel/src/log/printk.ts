import { NO_LOCK, type SpinLock } from "../smp/lock.ts";

/** One line of the kernel log. */
export interface LogLine {
  /** KERN_EMERG 0 … KERN_DEBUG 7 (include/linux/kern_levels.h). */
  readonly level: number;
  /** Nanoseconds of the machine's clock. */
  readonly time: number;
  /** The line, without its newline. */
  readonly text: string;
}

/** Receives each line as it is printed. */
export type LogSink = (line: LogLine) => void;

/** Level of a line that does not say one (CONFIG_MESSAGE_LOGLEVEL_DEFAULT). */
const DEFAULT_LEVEL = 4;
/** A line is cut here, as printk cuts it (LOG_LINE_MAX of kernel/printk/printk.c). */
const LINE_MAX = 1024;

/** A log line as the console prints it: `[    1.234567] text`. */
export function formatLogLine(line: LogLine): string {
  const seconds = Math.floor(line.time / 1e9);
  const micros = Math.floor((line.time % 1e9) / 1000);
  return `[${String(seconds).padStart(5)}.${String(micros).padStart(6, "0")}] ${line.text}`;
}

/**
 * The kernel log: levels, timestamps, lines put together from continuations (kernel/printk/printk.c).
 * A line is emitted when its newline arrives, or when another line begins.
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
   * @param clock - nanoseconds now
   * @param lock - of the console
   * @param trace - is told the text of each line as well (the tracepoint `console`)
   */
  constructor(sink: LogSink, clock: () => number, lock: SpinLock = NO_LOCK, trace: (text: string) => void = () => {}) {
    this.trace = trace;
    this.lock = lock;
    this.sink = sink;
    this.clock = clock;
  }

  /** Prints formatted text, which may begin with a level (`\x01` and a digit) or `\x01c`, and hold newlines. */
  print(text: string): void {
    // Of several levels the first counts.
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

  /** One whole line. */
  line(level: number, text: string): void {
    this.flush();
    this.append(level, text);
    this.flush();
  }

  /** Prints lines that no probe of the console is told. */
  untraced(print: () => void): void {
    const before = this.tracing;
    this.tracing = false;
    print();
    this.tracing = before;
  }

  private append(level: number, text: string): void {
    this.pending ??= { level, text: "", time: this.clock() };
    this.pending.text = (this.pending.text + text).slice(0, LINE_MAX);
  }

  /** Emits a line that still waits for its newline. */
  flush(): void {
    const line = this.pending;
    this.pending = undefined;
    if (!line) return;
    this.lock.acquire();
    this.sink(line);
    // What the probe itself prints it is not told.
    if (this.tracing) this.untraced(() => this.trace(line.text));
    this.lock.release();
  }
}
