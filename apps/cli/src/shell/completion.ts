import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import type { MemoryImage } from "@kasan/image";
import { wordsOf } from "./commands.ts";
import type { Expressions } from "./expressions.ts";

/** What can come next in a line: the possible words, and the start of one that they replace. */
export type Completion = [words: string[], start: string];

/** Words that are offered; of more, only what they begin with. */
const MOST_WORDS = 200;
/** A call's arguments may be literals, or one call with literals: completion must not change anything. */
const LITERALS = String.raw`(?:"[^"]*"|'[^']*'|[\w\s,])*`;
const CALL = String.raw`\((?:${LITERALS}|\w+\(${LITERALS}\))\)`;
const PART = String.raw`[A-Za-z_$][\w$]*(?:${CALL}|\[\w+\])*`;
const MEMBER = new RegExp(String.raw`((?:${PART}\.)*${PART})\.([\w$]*)$`);
const TYPE = /\btype\(\s*["'`]([^"'`]*)$/;
const STRING = /["'`]([\w.$]*)$/;
const NAME = /[A-Za-z_$][\w$]*$/;

/** Completes lines of the shell: commands and their flags, symbols, types, members. */
export class Completer {
  constructor(
    private readonly program: Command,
    private readonly image: MemoryImage,
    private readonly expressions: Expressions,
  ) {}

  /** What can come next in a line. */
  complete(line: string): Completion {
    const [, first, rest] = /^\s*(\S+)\s+(.*)$/.exec(line) ?? [];
    const command = this.program.commands.find((one) => one.name() === first);
    if (command) return this.inCommand(command, rest!);
    return this.inExpression(line);
  }

  private inCommand(command: CommandUnknownOpts, rest: string): Completion {
    const start = /\S*$/.exec(rest)![0];
    const before = wordsOf(rest.slice(0, rest.length - start.length)).at(-1);
    const option = command.options.find(({ long, short }) => before !== undefined && [long, short].includes(before));
    if (option?.argChoices) return matching(option.argChoices, start);
    if (start.startsWith("-"))
      return matching(
        command.options.flatMap(({ long }) => long ?? []),
        start,
      );
    if (command.name() === "help") return matching(this.commandNames, start);
    return command.registeredArguments.length > 0 ? this.ofSymbols(start) : [[], start];
  }

  private inExpression(line: string): Completion {
    const [, type] = TYPE.exec(line) ?? [];
    if (type !== undefined) return matching(this.image.kernel.types?.allNames() ?? [], type);
    const [, text] = STRING.exec(line) ?? [];
    if (text !== undefined && isInText(line)) return this.ofSymbols(text);
    const [, value, member] = MEMBER.exec(line) ?? [];
    if (value !== undefined) return matching(this.expressions.membersOf(value), member!);
    const start = NAME.exec(line)?.[0] ?? "";
    const isFirst = line.trimStart() === start;
    return matching([...(isFirst ? [...this.commandNames, "exit"] : []), ...this.expressions.names], start);
  }

  private ofSymbols(start: string): Completion {
    const symbols = this.image.kernel.attempt(() => this.image.kernel.symbols) ?? [];
    return start === ""
      ? [[], start]
      : matching(
          Array.from(symbols, ({ name }) => name),
          start,
        );
  }

  private get commandNames(): string[] {
    return this.program.commands.map((one) => one.name());
  }
}

/** Whether a line ends within quotes. */
const isInText = (line: string): boolean => line.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "").match(/["'`]/) !== null;

function matching(words: Iterable<string>, start: string): Completion {
  const found = new Set<string>();
  for (const word of words) if (word.startsWith(start)) found.add(word);
  const sorted = [...found].sort();
  if (sorted.length <= MOST_WORDS) return [sorted, start];
  const shared = sharedStart(sorted[0]!, sorted.at(-1)!);
  return [shared.length > start.length ? [shared] : [], start];
}

/** What two words begin with; of the first and the last of sorted ones, what all do. */
function sharedStart(first: string, last: string): string {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
