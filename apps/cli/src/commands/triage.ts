import type { Command } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { plural } from "../plural.ts";
import { triage } from "../triage/triage.ts";

const EXAMPLES = `
Examples:
  kasan triage logs/ -o out                every file below logs/, grouped by bug: out/index.html
  kasan triage 'logs/**/*.log.zst' -o out  a glob; .gz and .zst are read as they are
  kasan triage ~/Mail t.mbox.gz -o out     maildirs and mailboxes: each mail is a log
  kasan triage linux-mm/ -o out            a mailing list's archive, as public-inbox keeps it in git
  kasan triage workdir/crashes -o out      syzkaller's crashes
  journalctl -k | kasan triage - -o out    standard input
  kasan triage logs/ -o out                again: reads only what is new

Exit codes: 0 found nothing, 1 found reports, 2 bad usage or input, 70 a bug in kasan.
`;

/** Adds `kasan triage`. `done` receives the exit code. */
export function addTriage(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("triage")
    .summary("group the KASAN reports of many logs by bug")
    .description(
      "Reads logs, mailboxes, archives of mailing lists, folders of any and globs, groups their KASAN reports by bug, and writes an index (HTML, JSON, CSV) and a page for\n" +
        "each bug. What was read is kept in a database beside them, so that the next run reads only new and changed files.",
    )
    .argument("<path...>", "logs, mailboxes, folders, globs; - for standard input")
    .requiredOption("-o, --output <folder>", "where the index goes")
    .addHelpText("after", EXAMPLES)
    .action(async (paths, { output }) => done(await run(paths, output, streams)));
}

async function run(paths: readonly string[], output: string, streams: Streams): Promise<number> {
  const { read, known, failed, reports, groups } = await triage(paths, output, streams);
  for (const { error } of failed) streams.err(`kasan: ${error}\n`);
  const before = known > 0 ? ` (${known} known)` : "";
  streams.err(
    `kasan: ${read} logs read${before}, ${reports} reports of ${plural(groups, "bug")}: ${output}/index.html\n`,
  );
  if (failed.length > 0) return ExitCode.usage;
  return reports > 0 ? ExitCode.bugs : ExitCode.clean;
}
