import { type Command, Option } from "@commander-js/extra-typings";
import { type BuiltTree, GuestError, runProgram, warnsOfUndefined } from "@kasan/guest";
import { BOOT_PARAMETER_NAMES, type LogLine, MECHANISMS } from "@kasan/kernel";
import { painterFor } from "../colours.ts";
import { dumpMachine } from "../dump.ts";
import { printError } from "../errors.ts";
import { ExitCode, exitCodeOf } from "../exit-codes.ts";
import { STDIN } from "../logs/open-log.ts";
import { note, ProgressLine, type Streams, writeWhole } from "../output.ts";
import { OutputFile } from "../output-file.ts";
import { writeCoverage } from "../run/coverage.ts";
import { FORMATS } from "../run/formats.ts";
import { LogPrinter } from "../run/log-printer.ts";
import { ProfileOutput } from "../run/profile.ts";
import { statisticsText, vmallocText } from "../run/statistics.ts";
import { withStdin } from "../run/stdin-source.ts";
import { missNote, summary } from "../run/summary.ts";
import { ignoredText, treeText } from "../run/tree.ts";
import { changeOf } from "../run/watch.ts";
import { collectBootParameter, collectParameter, parseSeconds } from "../values.ts";
import { pluginOption } from "./architectures.ts";
import { checkCoverage, coverageOptions } from "./coverage-options.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { machineOptions, programOptions, shadowSchemeOption, vmallocShadowOption } from "./machine-options.ts";
import { formatOptions } from "./output-options.ts";

const EXAMPLES = `
Examples:
  kasan run bug.c                            compile bug.c, run its module_init, print the kernel log
  kasan run - < bug.c                        C from standard input
  kasan run a.c b.c -I include -D DEBUG=1    several files make one module
  kasan run drv/Makefile:drv.ko              a module as its Makefile describes it: its files, with their flags
  kasan run lib/list-test.c --kernel-tree .      a kernel's own headers, and the files of its source that are needed
  kasan run lib/Makefile:test_xarray.ko --kernel-tree . --strict   refuse to run if something is missing
  kasan run drv.c --kernel-tree . --builtin crypto/sha256_generic.c   what the module asks for by name, not by symbol
  kasan run drv/Makefile:drv.ko --kernel-tree . --replace fast_sum=sum.c   C for a function of inline assembly
  kasan run drv.c --stay 10                  timers and threads of the module run for 10 s before it is removed
  kasan run bug.c --call trigger             call one function instead of module_init
  kasan run kasan_test_c.c --filter 'kmalloc_*'  some of a KUnit suite's tests
  kasan run bug.c --instrument inline        read the shadow in place instead of calling a check
  kasan run bug.c --explain                  what each report means
  kasan run bug.c --format json -o out.json  reports as data; also html, markdown, and sarif for code scanners
  kasan run bug.c --arch arm64 --mode sw_tags    a tag in each pointer, compared with that of the memory
  kasan run bug.c --arch arm64 --mode hw_tags --boot-param kasan.mode=async   by the processor, without instrumentation
  kasan run suite.c --kernel-tree . --coverage ran.html --coverage-format html   what of a suite ran
  kasan run bug.c --dump out.elf             keep the memory: kasan inspect out.elf ADDRESS
  kasan run slow.c --profile out.cpuprofile  where its time goes: open it in Chromium's DevTools or VS Code
  kasan run bug.c --watch                    again whenever a file changes
  kasan run bug.c --mode off                 the same machine without KASAN

Mechanisms that --without can leave out, comma-separated:
${Object.entries(MECHANISMS)
  .map(([name, { does }]) => `  ${name.padEnd(18)} ${does}\n`)
  .join("")}
Boot parameters: ${BOOT_PARAMETER_NAMES.join(", ")}.
As in the kernel, hardware tags are checked on each CPU up to its first report: the access that it is about goes on unchecked.

Takes about 1 s, and 1 or 2 s more for C that was not compiled before; a kernel's source takes longer the first time.
Exit codes: 0 found nothing, 1 found bugs, 2 bad usage or input, 3 the guest crashed or timed out, 70 a bug in kasan,
130 Ctrl-C ended a guest with --profile.
`;

function declareRun(program: Command) {
  const command = program
    .command("run")
    .summary("compile kernel-style C, run it under KASAN, print the kernel log")
    .description(
      "Compiles C files with clang and its KASAN instrumentation (or takes one WebAssembly file), loads them as a module into a " +
        "machine with page tables and shadow memory, runs module_init, then module_exit, and prints the kernel log, with source lines.",
    )
    .argument(
      "<file...>",
      "C files (- for standard input), a module of a Makefile (DIR/Makefile:foo.ko), objects of wasm64, or one WebAssembly file",
    );
  const formats = Object.keys(FORMATS) as (keyof typeof FORMATS)[];
  return addOptions(
    addOptions(
      addOptions(command, machineOptions()),
      formatOptions(formats, "output format; html and markdown explain the reports"),
    ),
    coverageOptions("write which lines of the given files ran"),
  )
    .addOption(vmallocShadowOption())
    .addOption(shadowSchemeOption())
    .addOption(pluginOption("platforms or schemes"))
    .addOption(new Option("--call <function>", "call this function instead of module_init"))
    .addOption(
      new Option(
        "--filter <glob>",
        "run the KUnit tests that match: suite, suite.case or case, with * and ?",
      ).conflicts("call"),
    )
    .addOption(
      new Option("--param <name=value>", "set a module parameter").argParser(collectParameter).default([], "none"),
    )
    .addOption(
      new Option("--boot-param <name[=value]>", "set a parameter of the kernel's command line, like kasan.mode=async")
        .argParser(collectBootParameter)
        .default([], "none"),
    )
    .addOption(new Option("--timeout <seconds>", "stop the guest after this time").argParser(parseSeconds).default(60))
    .addOption(
      new Option("--stay <seconds>", "let the module stay loaded for this time of the machine before module_exit")
        .argParser(parseSeconds)
        .conflicts("call"),
    )
    .addOption(new Option("--panic-on-warn", "panic after the first report or warning"))
    .addOption(new Option("--all-reports", "print a bug each time that it is reported, not only the first time"))
    .addOption(new Option("--single-shot", "print only the first report, as kernels do by default"))
    .addOption(
      new Option("--no-locate", "print functions as the kernel does, without source lines: f+0x12/0x34 [module]"),
    )
    .addOption(new Option("--explain", "explain each report below it, in words and a picture"))
    .addOption(new Option("--watch", "run again whenever a source changes; the compiler stays loaded"))
    .addOption(
      new OutputFile(
        "--dump <file>",
        "write the machine's memory at the end as an ELF core, for kasan ptdump and inspect",
      ),
    )
    .addOption(
      new OutputFile(
        "--profile <file>",
        "write a CPU profile of the guest (.cpuprofile), also if Ctrl-C ends it; tasks that it starts have other threads and are not in it",
      ),
    )
    .addOption(new Option("--stats", "print what the run cost, and the text of /proc/vmallocinfo, to stderr"))
    .addOption(
      new Option(
        "--list-missing",
        "print what was compiled in from --kernel-tree, and what nothing provides, to stderr",
      ),
    )
    .addHelpText("after", EXAMPLES);
}

/** The flags of `kasan run`. */
export type RunFlags = FlagsOf<typeof declareRun>;

/** Adds `kasan run`. `done` receives the exit code. */
export function addRun(program: Command, streams: Streams, done: (code: number) => void): void {
  declareRun(program).action(async (files, flags, command) => {
    if (flags.watch && files.includes(STDIN))
      command.error("error: --watch waits for files to change; standard input does not");
    checkCoverage(flags, (message) => command.error(message));
    done(await (flags.watch ? runAgainAndAgain : run)(files, flags, streams));
  });
}

/** Runs the files, and again whenever a source changes, until Ctrl-C. The compiler stays loaded. */
async function runAgainAndAgain(files: string[], flags: RunFlags, streams: Streams): Promise<number> {
  for (;;) {
    try {
      const code = await run(files, flags, streams);
      if (code === ExitCode.interrupted) return code;
    } catch (error) {
      printError(error, streams);
    }
    streams.err("kasan: waiting for a source to change; Ctrl-C ends\n");
    await changeOf(files, [...flags.include]);
  }
}

async function run(named: string[], flags: RunFlags, streams: Streams): Promise<number> {
  const files = await withStdin(named, streams.input);
  const progress = new ProgressLine(streams);
  const { dump, format } = flags;
  const profile = new ProfileOutput(flags.profile, streams);
  const log: LogLine[] = [];
  const texts: string[] = [];
  const print = (text: string) => {
    progress.clear();
    streams.out(text);
  };
  const complain = (text: string) => {
    progress.clear();
    streams.err(text);
  };
  const printer = new LogPrinter(flags.output === undefined ? print : (text) => void texts.push(text), {
    paint: painterFor(streams, flags.output),
    folds: streams.outIsTerminal === true && flags.output === undefined && flags.locate,
    allReports: flags.allReports ?? false,
    snippets: flags.locate,
    explains: flags.explain ?? false,
  });
  const isText = format === "text";
  let tree: BuiltTree | undefined;
  const options = await programOptions(flags);
  try {
    const result = await runProgram({
      ...options,
      files,
      run: {
        ...(flags.call !== undefined && { call: flags.call }),
        ...(flags.filter !== undefined && { filter: flags.filter }),
        parameters: flags.param,
        timeout: flags.timeout,
        ...(flags.stay !== undefined && { stay: flags.stay }),
      },
      log: (line) => (isText ? printer.line(line) : void log.push(line)),
      ...(isText && { onReport: (report) => printer.report(report) }),
      diagnostics: (text) => {
        complain(text);
        if (warnsOfUndefined(text) && flags.optimize !== "0")
          complain(
            `kasan: warning: C leaves undefined what clang warns of, so it may have removed the access; try -O 0\n`,
          );
      },
      warn: (text) => complain(`kasan: warning: ${text}\n`),
      progress: (what) => progress.show(what),
      locate: format === "json",
      locateLog: flags.locate && format !== "json",
      onBuilt: (built) => {
        tree = built;
        if (flags.config !== undefined && built.ignoredOptions.length > 0)
          complain(ignoredText(flags.config, built.ignoredOptions));
        if (flags.listMissing) complain(treeText(built));
      },
      ...profile.options,
      ...(dump !== undefined && { onEnd: (machine) => dumpMachine(machine, dump) }),
    });
    progress.clear();
    printer.end();
    const exitCode = exitCodeOf(result, flags.panicOnWarn ?? false);
    const text = isText ? texts.join("") : FORMATS[format]({ result, tree, log, exitCode });
    if (flags.output !== undefined) await writeWhole(flags.output, text);
    else if (!isText) streams.out(text);
    if (flags.stats) streams.err(`${statisticsText(result)}\n${vmallocText(result)}\n`);
    await profile.write();
    if (result.coverage) await writeCoverage(result.coverage, result.module, flags, streams);
    const miss = missNote(flags.mode, options.machine.boot, result);
    note(streams, `${summary(result)}${repeatNote(printer.repeated)}${miss}\n`);
    return exitCode;
  } catch (error) {
    if (!(error instanceof GuestError && error.code === "INTERRUPTED")) throw error;
    progress.clear();
    await profile.write();
    streams.err(`kasan: ${error.message}\n`);
    return ExitCode.interrupted;
  } finally {
    progress.clear();
  }
}

/** What was not printed, if anything was not. */
function repeatNote(repeated: number): string {
  return repeated === 0
    ? ""
    : ` (${repeated} of a bug that was reported before, not printed; --all-reports prints all)`;
}
