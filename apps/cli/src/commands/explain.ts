import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { KCIDB_ID, KCIDB_ORIGIN, type KcidbSource, type Remains } from "@kasan/report";
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { FORMATS, RULE, reportText } from "../explain/format.ts";
import { type ExplainedLog, readAll } from "../explain/read.ts";
import { STDIN } from "../logs/open-log.ts";
import { type Streams, writeWhole } from "../output.ts";
import { symbolizeReports } from "../symbolize/symbolize.ts";
import type { FlagsOf } from "./flags.ts";

const EXAMPLES = `
Examples:
  kasan explain dmesg.log                      every report of the log, in words and a picture
  dmesg | kasan explain                        the same, from standard input
  kasan explain console.log.zst --format html -o report.html
  kasan explain dmesg.log --vmlinux vmlinux    with source lines, by llvm-symbolizer
  kasan explain mail.txt --format markdown     to paste into a bug report: cleaned, the explanation folded
  kasan explain t.mbox.gz                      every mail of a thread, as lore.kernel.org serves it
  kasan explain /sys/fs/pstore                 what the kernel said before it died
  kasan explain console.log --format kcidb --kcidb-origin my_ci --kcidb-build maestro:65a1f0    for KernelCI's database

Exit codes: 0 found nothing, 1 found reports, 2 bad usage or input, or signs of a report that could not be read, 70 a bug in kasan.
`;

const declareExplain = (program: Command) =>
  program
    .command("explain")
    .summary("explain the KASAN reports in a log")
    .description(
      "Reads a kernel log (raw or compressed, from a console, dmesg, journald or mail), and explains each KASAN report in it:\n" +
        "what happened, to which object, who allocated and freed it, what the shadow bytes mean, what the likely mistake is.\n" +
        "Each mail of a mailbox (mbox), a maildir or a mailing list's archive (public-inbox) is a log; so is each dump that pstore kept.",
    )
    .argument(
      "[file]",
      "log, mail, mailbox, or folder of pstore, syzkaller, maildir or public-inbox; - or nothing for standard input",
      STDIN,
    )
    .addOption(
      new Option("--format <name>", "output format")
        .choices(Object.keys(FORMATS) as (keyof typeof FORMATS)[])
        .default("text"),
    )
    .addOption(
      new Option("--kcidb-origin <name>", "kcidb: the name of the CI system that sends it").argParser(parseOrigin),
    )
    .addOption(new Option("--kcidb-build <id>", "kcidb: the ID of the build that was tested").argParser(parseBuild))
    .addOption(new Option("-o, --output <file>", "write the output to a file, atomically"))
    .addOption(new Option("--vmlinux <file>", "add source lines and inlined functions from this kernel"))
    .addOption(new Option("--modules <folder>", "folder with the kernel's modules; by default that of vmlinux"))
    .addHelpText("after", EXAMPLES);

function parseOrigin(text: string): string {
  if (KCIDB_ORIGIN.test(text)) return text;
  throw new InvalidArgumentError(`"${text}" is no name of a CI system; it has a to z, 0 to 9 and _ only.`);
}

function parseBuild(text: string): string {
  if (KCIDB_ID.test(text)) return text;
  throw new InvalidArgumentError(
    `"${text}" is no ID of a build; it has the CI system that made it, and a colon: maestro:65a1.`,
  );
}

type ExplainFlags = FlagsOf<typeof declareExplain>;

/** Adds `kasan explain`. `done` receives the exit code. */
export function addExplain(program: Command, streams: Streams, done: (code: number) => void): void {
  declareExplain(program).action(async (file, flags, command) => {
    if (flags.format === "kcidb" && (flags.kcidbOrigin === undefined || flags.kcidbBuild === undefined))
      command.error("error: --format kcidb needs --kcidb-origin NAME and --kcidb-build ID");
    done(await explain(file, flags, streams));
  });
}

async function explain(file: string, flags: ExplainFlags, streams: Streams): Promise<number> {
  const live = flags.format === "text" && flags.output === undefined && flags.vmlinux === undefined;
  const paint = painterFor(streams, flags.output);
  let count = 0;
  const logs = await readAll(
    file,
    (report, mail) => {
      // A log that goes on, like that of dmesg -w, is explained as it goes.
      if (live) streams.out(`${count > 0 ? RULE : ""}${reportText(report, paint, mail)}`);
      count++;
    },
    streams.input,
  );
  if (!live) await write(file, logs, flags, streams);
  if (count > 0) return ExitCode.bugs;
  const remains = logs.find((log) => log.remains)?.remains;
  if (remains !== undefined) streams.err(`kasan: ${whatRemains(remains)}\n`);
  else if (live) streams.err("kasan: no KASAN report in the log\n");
  return remains === undefined ? ExitCode.clean : ExitCode.usage;
}

/** Why nothing was read of a log that has signs of a report. */
function whatRemains({ line, kind, text }: Remains): string {
  return kind === "end"
    ? `line ${line} is from the end of a KASAN report, and its beginning is not in the log (pstore and ring buffers keep the end): ${text}`
    : `line ${line} speaks of KASAN, but no report could be read: ${text}`;
}

async function write(
  file: string,
  read: readonly ExplainedLog[],
  flags: ExplainFlags,
  streams: Streams,
): Promise<void> {
  const { kcidbOrigin: origin, kcidbBuild: build } = flags;
  const kcidb: KcidbSource | undefined = origin === undefined || build === undefined ? undefined : { origin, build };
  const logs = await symbolized(read, flags);
  const text = FORMATS[flags.format](logs, { file, paint: painterFor(streams, flags.output), kcidb });
  if (flags.output === undefined) streams.out(text);
  else await writeWhole(flags.output, text);
}

/** The logs, their reports with source lines if there is a kernel to take them from. */
async function symbolized(
  logs: readonly ExplainedLog[],
  { vmlinux, modules }: ExplainFlags,
): Promise<readonly ExplainedLog[]> {
  if (vmlinux === undefined) return logs;
  const reports = await symbolizeReports(
    logs.flatMap((log) => log.reports),
    { vmlinux, ...(modules !== undefined && { modules }) },
  );
  let at = 0;
  return logs.map((log) => {
    const from = at;
    at += log.reports.length;
    return { ...log, reports: reports.slice(from, at) };
  });
}
