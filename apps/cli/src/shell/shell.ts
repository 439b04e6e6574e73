import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { type Command, CommanderError } from "@commander-js/extra-typings";
import type { MemoryImage } from "@kasan/image";
import { KasanError } from "@kasan/shadow";
import { errorPrefix } from "../colours.ts";
import { printError } from "../errors.ts";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { shellCommands, wordsOf } from "./commands.ts";
import { Completer } from "./completion.ts";
import { Expressions } from "./expressions.ts";
import { MOST_LINES, readHistory, writeHistory } from "./history.ts";
import { namesFor } from "./names.ts";

const ABOUT = `
Everything else is an expression of JavaScript (not TypeScript), in one line. _ is the last value. Expressions have

  type("struct page")          a type: its layout; .size, .offsetOf("flags"), .at(ADDRESS), .list(HEAD, "member")
  task(1), tasks()             tasks, as values of struct task_struct
  symbol("init_task+0x40")     an address by its name; name(ADDRESS) is the other way round
  object(ADDRESS)              the slab object there, with who allocated and freed it
  u8, u16, u32, u64, text      what is at an address

An address is 0x…n, "a name", or a value. Members of structures, and of what pointers lead to, are read by their names: a number of up to 4
bytes is a number, a longer one a bigint. Every value has $address, $type and $text, a pointer $value.

Examples:
  inspect ffff888000a59874 --access write:8
  find init_task
  dmesg --caller
  task(1).comm
  tasks().map((t) => [t.pid, t.comm, t.mm])
  type("struct page").at(0xffffea0000029640n).flags
  type("struct module").list("modules", "list").map((m) => m.name)
  object(0xffff888000a59874n).allocated

Ctrl-C drops the line, Ctrl-D or exit ends, Tab completes. An expression is stopped after 10 s.
`;

/** Asks an image, line by line: on a terminal with a prompt, else until the first error. */
export class Shell {
  private readonly program: Command;
  private readonly expressions: Expressions;
  private readonly completer: Completer;
  private readonly isTerminal: boolean;

  constructor(
    image: MemoryImage,
    file: string,
    private readonly streams: Streams,
    private readonly input: TerminalInput,
  ) {
    this.program = shellCommands({ image, file, streams }, ABOUT);
    this.isTerminal = input.isTTY === true && streams.outIsTerminal === true;
    this.expressions = new Expressions(namesFor(image), { breakOnSigint: this.isTerminal });
    this.completer = new Completer(this.program, image, this.expressions);
  }

  /** Answers lines until there are no more. Returns the exit code. */
  async run(): Promise<number> {
    // What an expression's promise is rejected with ends a process, but shall not end this one.
    const onRejection = (reason: unknown, promise: unknown) => {
      if (!this.expressions.owns(promise)) throw reason;
    };
    process.on("unhandledRejection", onRejection);
    try {
      return await (this.isTerminal ? this.converse() : this.follow());
    } finally {
      process.off("unhandledRejection", onRejection);
    }
  }

  private async converse(): Promise<number> {
    const lines = createInterface({
      input: this.input,
      output: process.stdout,
      prompt: "kasan> ",
      history: await readHistory(),
      historySize: MOST_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.completer.complete(line),
    });
    let history: string[] | undefined;
    lines.on("history", (kept) => {
      history = kept;
    });
    lines.on("SIGINT", () => dropLine(lines, this.streams));
    this.streams.out("help lists commands and what expressions can use.\n");
    lines.prompt();
    for await (const line of lines) {
      if (isEnd(line)) break;
      await this.answer(line, "");
      lines.prompt();
    }
    lines.close();
    this.streams.out("\n");
    if (history) await writeHistory(history);
    return ExitCode.clean;
  }

  private async follow(): Promise<number> {
    const lines = createInterface({ input: this.input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
    let number = 0;
    try {
      for await (const line of lines) {
        number++;
        if (isEnd(line)) break;
        const code = await this.answer(line, `line ${number}: `);
        if (code !== ExitCode.clean) return code;
      }
    } finally {
      lines.close();
    }
    return ExitCode.clean;
  }

  /** Answers one line. Returns the exit code of a shell that ends with it. */
  private async answer(line: string, place: string): Promise<number> {
    try {
      await this.evaluate(line);
      await this.streams.drained?.();
      return ExitCode.clean;
    } catch (error) {
      if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.clean;
      if (!(error instanceof KasanError || error instanceof CommanderError)) return printError(error, this.streams);
      this.streams.err(
        `${errorPrefix(this.streams)} ${place}${error.message.replace(/^error: /, "").replaceAll("\n", " ")}\n`,
      );
      return ExitCode.usage;
    }
  }

  private async evaluate(line: string): Promise<void> {
    const words = wordsOf(line);
    const [first] = words;
    if (first === undefined || first.startsWith("#")) return;
    if (this.program.commands.some((command) => command.name() === first)) {
      await this.program.parseAsync(words, { from: "user" });
      return;
    }
    const text = this.interruptible(() => this.expressions.print(line));
    if (text !== "") this.streams.out(`${text}\n`);
  }

  /** While readline has the terminal, Ctrl-C is a key that nobody reads before the work is done; this makes it a signal. */
  private interruptible<T>(work: () => T): T {
    if (this.isTerminal) this.input.setRawMode?.(false);
    try {
      return work();
    } finally {
      if (this.isTerminal) this.input.setRawMode?.(true);
    }
  }
}

/** Standard input, if it is a terminal with its ways. */
type TerminalInput = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): void };

const isEnd = (line: string): boolean => /^\s*(?:exit|quit)\s*$/.test(line);

function dropLine(lines: Interface, streams: Streams): void {
  streams.out("^C\n");
  // To the end of the line, then everything before it.
  lines.write(null, { ctrl: true, name: "e" });
  lines.write(null, { ctrl: true, name: "u" });
  lines.prompt();
}
