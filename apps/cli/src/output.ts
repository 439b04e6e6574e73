import { open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { fileReason } from "@kasan/shadow";
import type { ColourChoice } from "./colours.ts";
import { OutputError, statOf, targetOf, temporaryFor, WholeFile } from "./whole-file.ts";

/** Streams that a command prints to; the process's, unless a test gives others. */
export interface Streams {
  readonly out: (text: string) => void;
  /** Resolves when `out` should be given more; at once by default. */
  readonly drained?: () => Promise<void>;
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal: progress takes one line there. */
  readonly isTerminal: boolean;
  /** Whether `out` is a terminal. False by default. */
  readonly outIsTerminal?: boolean;
  /** Whether there are colours; on terminals by default. */
  readonly color?: ColourChoice;
  /** Milliseconds between lines that say what goes on, where `err` is no terminal; 10,000 by default. */
  readonly progressEvery?: number;
  /** Whether progress and summaries are left out. */
  readonly quiet?: boolean;
  /** Standard input; the process's by default. */
  readonly input?: Readable;
}

/** Refuses, before long work begins, files that could not be written after it. `undefined`: nothing is to be written. */
export async function checkWritable(...paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    if (path === "") throw new OutputError('""', "it has no name");
    try {
      await probe(await targetOf(path));
    } catch (error) {
      throw error instanceof OutputError ? error : new OutputError(path, fileReason(error));
    }
  }
}

async function probe(path: string): Promise<void> {
  const there = await statOf(path);
  if (there?.isDirectory()) throw new OutputError(path, "it is a folder");
  if (there && !there.isFile()) return;
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder) throw new OutputError(path, `there is no folder ${dirname(path)}`);
  const temporary = temporaryFor(path);
  await (await open(temporary, "wx")).close();
  await rm(temporary);
}

/** Writes a file whole or not at all: see {@link WholeFile}. */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  const file = await WholeFile.create(path);
  await file.write(text);
  await file.commit();
}

/** Prints what came of a command beside its results, unless that is not wanted. */
export function note({ quiet, err }: Streams, text: string): void {
  if (!quiet) err(text);
}

/** Milliseconds between two lines of progress where there is no terminal. */
const EVERY = 10_000;

/** What goes on: one line on a terminal, which goes away, or a line now and then. */
export class ProgressLine {
  private shown = false;
  private told = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private what = "";

  constructor(private readonly streams: Streams) {}

  /** Says what goes on from now on. */
  show(what: string): void {
    if (this.streams.quiet) return;
    this.what = what;
    if (!this.streams.isTerminal) return this.tellNowAndThen();
    // A line that wraps could not be taken back.
    const room = (process.stderr.columns ?? 80) - 3;
    this.streams.err(`\r\x1b[K${what.slice(0, room)} …`);
    this.shown = true;
  }

  /** Makes room for other lines, or is done. */
  clear(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.shown) this.streams.err("\r\x1b[K");
    this.shown = false;
  }

  /** The timer is for what takes long and says nothing, the look at the clock for what leaves timers no time. */
  private tellNowAndThen(): void {
    const { progressEvery: every = EVERY } = this.streams;
    if (every === Number.POSITIVE_INFINITY) return;
    this.timer ??= setInterval(() => this.tellAfter(every), every).unref();
    this.tellAfter(every);
  }

  private tellAfter(every: number): void {
    if (performance.now() - this.told < every) return;
    this.told = performance.now();
    this.streams.err(`kasan: ${this.what} …\n`);
  }
}
