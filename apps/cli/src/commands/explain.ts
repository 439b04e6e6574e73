import { type Command, Option } from "@commander-js/extra-typings";
import {
  explainHtml,
  explainMarkdown,
  explainText,
  LogParser,
  type Painter,
  type ParsedReport,
  parsedToJson,
  type Remains,
  remainsIn,
  toSarif,
} from "@kasan/report";
import ownPackage from "../../package.json" with { type: "json" };
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { openLog, STDIN } from "../logs/open-log.ts";
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

Exit codes: 0 found nothing, 1 found reports, 2 bad usage or input, or signs of a report that could not be read, 70 a bug in kasan.
`;

const declareExplain = (program: Command) =>
  program
    .command("explain")
    .summary("explain the KASAN reports in a log")
    .description(
      "Reads a kernel log (raw or compressed, from a console, dmesg, journald or a mail), and explains each KASAN report in it:\n" +
        "what happened, to which object, who allocated and freed it, what the shadow bytes mean, what the likely mistake is.",
    )
    .argument("[file]", "log; - or nothing for standard input", STDIN)
    .addOption(
      new Option("--format <name>", "output format")
        .choices(["text", "html", "json", "sarif", "markdown"])
        .default("text"),
    )
    .addOption(new Option("-o, --output <file>", "write the output to a file, atomically"))
    .addOption(new Option("--vmlinux <file>", "add source lines and inlined functions from this kernel"))
    .addOption(new Option("--modules <folder>", "folder with the kernel's modules; by default that of vmlinux"))
    .addHelpText("after", EXAMPLES);

type ExplainFlags = FlagsOf<typeof declareExplain>;

/** Adds `kasan explain`. `done` receives the exit code. */
export function addExplain(program: Command, streams: Streams, done: (code: number) => void): void {
  declareExplain(program).action(async (file, flags) => done(await explain(file, flags, streams)));
}

async function explain(file: string, flags: ExplainFlags, streams: Streams): Promise<number> {
  const live = flags.format === "text" && flags.output === undefined && flags.vmlinux === undefined;
  const reports: ParsedReport[] = [];
  let count = 0;
  const paint = painterFor(streams, flags.output);
  let remains: Remains | undefined;
  const parser = new LogParser((item) => {
    if (item.kind !== "report") {
      remains ??= count === 0 ? remainsIn(item.text, item.line) : undefined;
      return;
    }
    // A log that goes on, like that of dmesg -w, is explained as it goes.
    if (live) streams.out(`${count > 0 ? `${"─".repeat(80)}\n` : ""}${explainText(item.report, paint)}`);
    else reports.push(item.report);
    count++;
  });
  for await (const chunk of openLog(file, streams.input)) parser.push(chunk);
  parser.end();
  if (!live) await write(file, reports, flags, streams);
  if (count > 0) return ExitCode.bugs;
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

async function write(file: string, found: ParsedReport[], flags: ExplainFlags, streams: Streams): Promise<void> {
  const { vmlinux, modules } = flags;
  const sorted = found.sort((a, b) => a.line - b.line);
  const reports =
    vmlinux === undefined
      ? sorted
      : await symbolizeReports(sorted, { vmlinux, ...(modules !== undefined && { modules }) });
  const text = format(file, reports, flags.format, painterFor(streams, flags.output));
  if (flags.output === undefined) streams.out(text);
  else await writeWhole(flags.output, text);
}

function format(file: string, reports: readonly ParsedReport[], form: ExplainFlags["format"], paint: Painter): string {
  switch (form) {
    case "html":
      return explainHtml(reports);
    case "markdown":
      return explainMarkdown(reports);
    case "json":
      return `${JSON.stringify({ reports: reports.map(parsedToJson) }, undefined, 2)}\n`;
    case "sarif": {
      const name = file === STDIN ? "stdin" : file;
      return `${JSON.stringify(
        toSarif(
          reports.map((report) => ({ file: name, report })),
          ownPackage.version,
        ),
        undefined,
        2,
      )}\n`;
    }
    case "text":
      return reports.map((report) => explainText(report, paint)).join(`${"─".repeat(80)}\n`);
  }
}
