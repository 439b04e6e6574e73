import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { EXPLAIN_FORMATS, KCIDB_ID, KCIDB_ORIGIN, type Remains } from "@kasan/report";
import ownPackage from "../../package.json" with { type: "json" };
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { readReports } from "../explain/read.ts";
import { Telling } from "../explain/telling.ts";
import { STDIN } from "../logs/open-log.ts";
import { note, type Streams } from "../output.ts";
import { PartedOutput } from "../parted-output.ts";
import type { Symbolizer } from "../symbolize/symbolize.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { formatOptions } from "./output-options.ts";

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

Takes less than 1 s for a report; large logs some seconds for each 100 MB.
Exit codes: 0 found nothing, 1 found reports, 2 bad usage or input, or signs of a report that could not be read, 70 a bug in kasan.
`;

/** All but text. */
const FORMATS = (Object.keys(EXPLAIN_FORMATS) as (keyof typeof EXPLAIN_FORMATS)[]).filter((name) => name !== "text");

const declareExplain = (program: Command) =>
  addOptions(program.command("explain"), formatOptions(FORMATS))
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
      new Option("--kcidb-origin <name>", "kcidb: the name of the CI system that sends it").argParser(parseOrigin),
    )
    .addOption(new Option("--kcidb-build <id>", "kcidb: the ID of the build that was tested").argParser(parseBuild))
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
  // A log that goes on, like that of dmesg -w, is explained as it goes.
  const live = flags.format === "text" && flags.output === undefined && flags.vmlinux === undefined;
  const order = live ? "ends" : "beginnings";
  const { found, remains, noise } = await tell(file, flags, streams, (telling) =>
    readReports(file, telling, { order }, streams.input),
  );
  if (found) return ExitCode.bugs;
  const trouble = remains !== undefined ? whatRemains(remains) : noise ? NOISE : undefined;
  if (trouble !== undefined) {
    streams.err(`kasan: ${trouble}\n`);
    return ExitCode.usage;
  }
  note(streams, "kasan: no KASAN report in the log\n");
  return ExitCode.clean;
}

/** Writes what `read` tells in the format that was asked for: whole, or not at all if it goes to a file. */
async function tell(
  file: string,
  flags: ExplainFlags,
  streams: Streams,
  read: (telling: Telling) => Promise<void>,
): Promise<Telling> {
  const { kcidbOrigin: origin, kcidbBuild: build } = flags;
  const output = await PartedOutput.open(flags.output, streams);
  try {
    const format = EXPLAIN_FORMATS[flags.format](output.write, {
      version: ownPackage.version,
      paint: painterFor(streams, flags.output),
      kcidb: origin === undefined || build === undefined ? undefined : { origin, build },
    });
    const telling = new Telling(format, file === STDIN ? "stdin" : file, output, await symbolizerOf(flags));
    telling.begin();
    await read(telling);
    await telling.end();
    return telling;
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function symbolizerOf({ vmlinux, modules }: ExplainFlags): Promise<Symbolizer | undefined> {
  if (vmlinux === undefined) return undefined;
  const { Symbolizer } = await import("../symbolize/symbolize.ts");
  return Symbolizer.open({ vmlinux, ...(modules !== undefined && { modules }) });
}

const NOISE = "no KASAN report, and what was read is no text; kasan inspect and kasan ptdump read memory images";

/** Why nothing was read of a log that has signs of a report. */
function whatRemains({ line, kind, text }: Remains): string {
  return kind === "end"
    ? `line ${line} is from the end of a KASAN report, and its beginning is not in the log (pstore and ring buffers keep the end): ${text}`
    : `line ${line} speaks of KASAN, but no report could be read: ${text}`;
}
