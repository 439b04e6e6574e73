import type { EventEmitter } from "node:events";
import type { Command } from "commander";
import ownPackage from "../package.json" with { type: "json" };
import { createProgram } from "./program.ts";

/** Text in roff: nothing in it is a request or an escape. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^(?=[.'])/gm, "\\&");

const section = (title: string, body: string): string =>
  body === "" ? "" : `.SH ${roff(title.toUpperCase())}\n${body}`;

/** Terms, each with what it means. */
const terms = (entries: readonly (readonly [term: string, meaning: string])[]): string =>
  entries.map(([term, meaning]) => `.TP\n.B ${roff(term)}\n${roff(meaning)}\n`).join("");

/** What help prints behind the options: headings with lines below them that stand as they are, and sentences. */
function afterHelp(command: Command): string {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  // Commander has it from EventEmitter, and does not say so.
  (command as unknown as EventEmitter).emit("afterHelp", { error: false, command, write });
  const paragraphs = text.trim() === "" ? [] : text.trim().split(/\n{2,}|\n(?=\S)/);
  const parts = paragraphs.map((paragraph) => {
    const [, title, body] = /^(\S.*):\n((?: .*\n?)+)$/.exec(paragraph) ?? [];
    return title === undefined ? `.PP\n${roff(paragraph)}\n` : section(title, `.nf\n${roff(body!.trimEnd())}\n.fi\n`);
  });
  const sentences = parts.filter((part) => part.startsWith(".PP")).join("");
  return parts.filter((part) => !part.startsWith(".PP")).join("") + section("Notes", sentences);
}

/** The name of a command's page: `kasan-bench-vmalloc`. */
const pageName = (command: Command): string =>
  command.parent === null ? command.name() : `${pageName(command.parent)}-${command.name()}`;

/** The commands below one that have pages of their own: not those that commander brings. */
const below = (command: Command): Command[] =>
  command.commands.filter((one) => one.name() !== "help" && one.name() !== "complete");

const withThoseBelow = (command: Command): Command[] => [command, ...below(command).flatMap(withThoseBelow)];

function manPage(command: Command): string {
  const help = command.createHelp();
  const name = pageName(command);
  const listed = help.visibleCommands(command);
  const others = below(command).map((one) => `${pageName(one)}(1)`);
  const summary = command.summary() || command.description();
  return [
    `.TH ${roff(name.toUpperCase())} 1 "" "kasan ${ownPackage.version}" "KASAN"\n`,
    section("Name", `${roff(name)} \\- ${roff(summary)}\n`),
    section("Synopsis", `.B ${roff(help.commandUsage(command))}\n`),
    section("Description", `${roff(command.description())}\n`),
    section("Commands", terms(listed.map((one) => [help.subcommandTerm(one), help.subcommandDescription(one)]))),
    section(
      "Arguments",
      terms(help.visibleArguments(command).map((one) => [help.argumentTerm(one), help.argumentDescription(one)])),
    ),
    section(
      "Options",
      terms(help.visibleOptions(command).map((one) => [help.optionTerm(one), help.optionDescription(one)])),
    ),
    afterHelp(command),
    section("See also", others.length > 0 ? `${roff(others.join(", "))}\n` : ""),
  ].join("");
}

/** The manual's pages, of the command and each of its commands, by the names of their files. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const silent = { out: () => {}, err: () => {}, isTerminal: false };
  // The same class, whose type here does not tell the types of flags.
  const program = (await createProgram([], silent, () => {})) as Command;
  return new Map(withThoseBelow(program).map((command) => [`${pageName(command)}.1`, manPage(command)]));
}
