import { note, ProgressLine, type Streams } from "../output.ts";

/** What a command of several parts prints to: lines about a target go to `err`, and take the place of the progress line. */
export class Teller {
  /** The line that says what goes on. */
  readonly progress: ProgressLine;
  private readonly streams: Streams;

  constructor(streams: Streams) {
    this.streams = streams;
    this.progress = new ProgressLine(streams);
  }

  /** Prints results. */
  out(text: string): void {
    this.progress.clear();
    this.streams.out(text);
  }

  /** Prints text beside the results. */
  err(text: string): void {
    this.progress.clear();
    this.streams.err(text);
  }

  /** Prints a line about a target, unless that is not wanted. */
  say(target: string, text: string): void {
    this.progress.clear();
    note(this.streams, `kasan: ${target}: ${text}\n`);
  }
}
