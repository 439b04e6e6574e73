import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-codes.ts";
import { InputError } from "../logs/input-error.ts";
import { note, type Streams } from "../output.ts";
import { plural } from "../plural.ts";
import { asksFor } from "../triage/decide.ts";
import { decisionsText, readDecisions } from "../triage/decisions.ts";
import { type Deciding, triage } from "../triage/triage.ts";
import { collect, parseAtLeastOne } from "../values.ts";

const EXAMPLES = `
Examples:
  kasan triage logs/ -o out                every file below logs/, grouped by bug: out/index.html
  kasan triage 'logs/**/*.log.zst' -o out  a glob; .gz and .zst are read as they are
  kasan triage ~/Mail t.mbox.gz -o out     maildirs and mailboxes: each mail is a log
  kasan triage linux-mm/ -o out            a mailing list's archive, as public-inbox keeps it in git
  kasan triage workdir/crashes -o out      syzkaller's crashes
  journalctl -k | kasan triage - -o out    standard input
  kasan triage logs/ -o out                again: reads only what is new

Decisions, which hold for reports like those that they name, in later runs too (index.txt has the names of bugs and reports):
  kasan triage -o out --merge 1f3a,9c04    the bugs 1f3a… and 9c04… are one
  kasan triage -o out --split a.log:120    the report in line 120 of a.log is not the bug that it was put to
  kasan triage -o out --split 1f3a,77b0    the bug 1f3a… stays, without the report 77b0… and those like it
  kasan triage -o out --list-decisions     what was decided
  kasan triage -o out --undo 2             takes back decision 2

Takes less than 1 s for some logs; large folders some seconds for each 100 MB, on all processors.
Exit codes: 0 found nothing, 1 found reports, 2 bad usage or input, 70 a bug in kasan.
`;

/** Adds `kasan triage`. `done` receives the exit code. */
export function addTriage(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("triage")
    .summary("group the KASAN reports of many logs by bug")
    .description(
      "Reads logs, mailboxes, archives of mailing lists, folders of any and globs, groups their KASAN reports by bug, and writes an index\n" +
        "(HTML, text, JSON, CSV) and a page for each bug. What was read is kept in a database beside them, so that the next run reads only\n" +
        "new and changed files.",
    )
    .argument("[path...]", "logs, mailboxes, folders, globs; - for standard input; none: what was read before")
    .requiredOption("-o, --output <folder>", "where the index goes")
    .addOption(
      new Option(
        "--merge <name,name>",
        "these bugs or reports are one bug; several times for several decisions",
      ).argParser(collect),
    )
    .addOption(
      new Option(
        "--split <name,name>",
        "these bugs or reports are not one bug; one name: not what it was put to",
      ).argParser(collect),
    )
    .addOption(
      new Option("--undo <number>", "takes a decision back; several times for several").argParser(
        (text, before: number[] = []) => [...before, parseAtLeastOne(text)],
      ),
    )
    .option("--decisions <file>", "where decisions are kept (default: decisions.json in the folder)")
    .option("--list-decisions", "prints the decisions")
    .addHelpText("after", EXAMPLES)
    .action(async (paths, { output, listDecisions = false, decisions, merge = [], split = [], undo = [] }) => {
      const deciding = { merge, split, undo, file: decisions ?? join(output, "decisions.json") };
      if (decisions !== undefined && !asksFor(deciding) && !existsSync(decisions))
        throw new InputError("INPUT_MISSING", `${decisions}: no such file`);
      const code =
        paths.length > 0 || asksFor(deciding) || !listDecisions
          ? await run(paths, output, deciding, streams)
          : ExitCode.clean;
      if (listDecisions) streams.out(decisionsText(await readDecisions(deciding.file)));
      done(code);
    });
}

async function run(paths: readonly string[], output: string, deciding: Deciding, streams: Streams): Promise<number> {
  if (paths.length === 0 && !existsSync(join(output, "triage.db"))) {
    throw new InputError("INPUT_MISSING", `no logs are named, and none was read before: ${output} has no triage.db`);
  }
  const { read, known, failed, reports, copies, groups, problems } = await triage(paths, output, deciding, streams);
  for (const { error } of failed) streams.err(`kasan: ${error}\n`);
  for (const problem of problems) streams.err(`kasan: ${problem}\n`);
  const before = known > 0 ? ` (${known} known)` : "";
  const again = copies > 0 ? `, and ${copies === 1 ? "1 copy" : `${copies} copies`} of them in mails` : "";
  note(
    streams,
    `kasan: ${plural(read, "log")} read${before}, ${plural(reports, "report")} of ${plural(groups, "bug")}${again}: ${output}/index.html\n`,
  );
  if (failed.length > 0) return ExitCode.usage;
  return reports > 0 ? ExitCode.bugs : ExitCode.clean;
}
