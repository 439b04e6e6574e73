import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { type BuiltTree, type Coverage, type ProgramResult, runProgram } from "@kasan/guest";
import {
  BOOT_PARAMETER_NAMES,
  type BootParameters,
  formatLogLine,
  formatVmallocInfo,
  type LogLine,
  type MachineStatistics,
  MECHANISMS,
  type TestStatus,
} from "@kasan/kernel";
import { toJson } from "@kasan/report";
import { hex } from "@kasan/shadow";
import { tagsOf } from "../compare/miss.ts";
import { dumpMachine } from "../dump.ts";
import { exitCodeOf, reportsOutsideTests } from "../exit-codes.ts";
import { lcov } from "../lines-run/lcov.ts";
import { coveragePage } from "../lines-run/page.ts";
import { ProgressLine, type Streams, writeWhole } from "../output.ts";
import { plural } from "../plural.ts";
import { table } from "../table.ts";
import { collectBootParameter, collectParameter, parseSeconds } from "../values.ts";
import { pluginOption } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { machineOptions, programOptions, shadowSchemeOption, vmallocShadowOption } from "./machine-options.ts";

const EXAMPLES = `
Examples:
  kasan run bug.c                            compile bug.c, run its module_init, print the kernel log
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
  kasan run bug.c --format json -o out.json  reports as data
  kasan run bug.c --arch arm64 --mode sw_tags    a tag in each pointer, compared with that of the memory
  kasan run bug.c --arch arm64 --mode hw_tags --boot-param kasan.mode=async   by the processor, without instrumentation
  kasan run suite.c --kernel-tree . --coverage-html ran.html   which lines of a suite and of what it is given with ran
  kasan run bug.c --dump out.elf             keep the memory: kasan inspect out.elf ADDRESS
  kasan run bug.c --mode off                 the same machine without KASAN

Mechanisms that --without can leave out, comma-separated:
${Object.entries(MECHANISMS)
  .map(([name, { does }]) => `  ${name.padEnd(18)} ${does}\n`)
  .join("")}
Boot parameters: ${BOOT_PARAMETER_NAMES.join(", ")}.
As in the kernel, hardware tags are checked on each CPU up to its first report: the access that it is about goes on unchecked.

Exit codes: 0 found nothing, 1 found bugs, 2 bad usage or input, 3 the guest crashed or timed out, 70 a bug in kasan.
`;

function declareRun(program: Command) {
  const command = program
    .command("run")
    .summary("compile kernel-style C, run it under KASAN, print the kernel log")
    .description(
      "Compiles C files with clang and its KASAN instrumentation (or takes one WebAssembly file), loads them as a module into a " +
        "machine with page tables and shadow memory, runs module_init, then module_exit, and prints the kernel log.",
    )
    .argument("<file...>", "C files, a module of a Makefile (DIR/Makefile:foo.ko), or one WebAssembly file");
  return addOptions(command, machineOptions())
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
    .addOption(new Option("--single-shot", "print only the first report, as kernels do by default"))
    .addOption(
      new Option("--no-locate", "print functions as the kernel does, without source lines: f+0x12/0x34 [module]"),
    )
    .addOption(new Option("--format <name>", "output format").choices(["text", "json"]).default("text"))
    .addOption(new Option("-o, --output <file>", "write the output to a file, atomically"))
    .addOption(
      new Option("--dump <file>", "write the machine's memory at the end as an ELF core, for kasan ptdump and inspect"),
    )
    .addOption(
      new Option("--coverage <file>", "write which lines of the given files ran, as an lcov tracefile, atomically"),
    )
    .addOption(new Option("--coverage-html <file>", "write the given files with the lines that ran as an HTML page"))
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
  declareRun(program).action(async (files, flags) => done(await run(files, flags, streams)));
}

async function run(files: string[], flags: RunFlags, streams: Streams): Promise<number> {
  const progress = new ProgressLine(streams);
  const { dump } = flags;
  const json = flags.format === "json";
  const buffered = json || flags.output !== undefined;
  const log: LogLine[] = [];
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
      log: (line) => {
        if (buffered) log.push(line);
        else {
          progress.clear();
          streams.out(`${formatLogLine(line)}\n`);
        }
      },
      diagnostics: (text) => {
        progress.clear();
        streams.err(text);
      },
      warn: (text) => {
        progress.clear();
        streams.err(`kasan: warning: ${text}\n`);
      },
      progress: (what) => progress.show(what),
      locate: json,
      locateLog: flags.locate,
      onBuilt: (built) => {
        tree = built;
        if (flags.config !== undefined && built.ignoredOptions.length > 0) {
          progress.clear();
          streams.err(ignoredText(flags.config, built.ignoredOptions));
        }
        if (flags.listMissing) {
          progress.clear();
          streams.err(treeText(built));
        }
      },
      ...(dump !== undefined && { onEnd: (machine) => dumpMachine(machine, dump) }),
    });
    progress.clear();
    const code = exitCodeOf(result, flags.panicOnWarn ?? false);
    if (buffered) {
      const text = json ? toJsonText(result, tree, log, code) : log.map((line) => `${formatLogLine(line)}\n`).join("");
      if (flags.output === undefined) streams.out(text);
      else await writeWhole(flags.output, text);
    }
    if (flags.stats) streams.err(`${statisticsText(result)}\n${vmallocText(result)}\n`);
    if (result.coverage) await writeCoverage(result.coverage, result.module, flags, streams);
    streams.err(`${summary(result)}${missNote(flags.mode, options.machine.boot, result)}\n`);
    return code;
  } finally {
    progress.clear();
  }
}

/** Writes what ran, as the flags ask for it. */
export async function writeCoverage(
  coverage: Coverage,
  module: string,
  flags: Pick<RunFlags, "coverage" | "coverageHtml" | "kernelTree">,
  streams: Streams,
): Promise<void> {
  const files = coverage.files.map((one) => ({ ...one, file: pathOf(one.file, flags.kernelTree) }));
  const found = { ...coverage, files };
  if (flags.coverage !== undefined) await writeWhole(flags.coverage, lcov(found, module));
  if (flags.coverageHtml !== undefined) {
    await writeWhole(flags.coverageHtml, coveragePage(found, `What ran of ${module}`, readSource));
  }
  streams.err(`kasan: ${coverage.passed} of ${plural(coverage.edges, "edge")} passed\n`);
}

/** A source file's path: the compiler knows one of the kernel's, or one by a relative path, as if that began at the root. */
function pathOf(file: string, tree: string | undefined): string {
  const places = [...(tree === undefined ? [] : [join(tree, file)]), file, file.replace(/^\/+/, "")];
  return places.find((path) => existsSync(path)) ?? file;
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The warning for options of a configuration that do not apply; most belong to a processor. */
function ignoredText(path: string, names: readonly string[]): string {
  const some = names.slice(0, 3).map((name) => `CONFIG_${name}`);
  const rest = names.length > some.length ? ", …" : "";
  return `kasan: ${path}: ${plural(names.length, "option")} of a processor or its tools left out, as ${some.join(", ")}${rest}\n`;
}

/** What was compiled in from a kernel's source, and what nothing provides. */
function treeText({ files, missing, unusable }: BuiltTree): string {
  const pulled = files.map(({ path, symbol, neededBy }) => [path, `for ${symbol}, which ${neededBy} needs`]);
  const lacking = missing.map(({ name, neededBy, files: [file], why }) => [
    name,
    `needed by ${neededBy}${file === undefined ? "" : `; defined in ${file}`}`,
    why,
  ]);
  const section = (title: string, rows: string[][]) => (rows.length === 0 ? "" : `${title}\n${table(rows)}\n`);
  return (
    section(
      "Does not fit this kernel:",
      unusable.map((text) => [text]),
    ) +
    section("Compiled in:", pulled) +
    section("Provided by nothing:", lacking)
  );
}

function toJsonText(
  result: ProgramResult,
  tree: BuiltTree | undefined,
  log: readonly LogLine[],
  exitCode: number,
): string {
  const output = {
    exitCode,
    end: endOf(result),
    ...(tree && { source: { compiledIn: tree.files, missing: tree.missing } }),
    log: log.map(formatLogLine),
    reports: result.reports.map((report) => toJson(report)),
    ...(result.tests.length > 0 && { tests: result.tests }),
    stats: {
      ...result.statistics,
      warnings: result.warnings,
      vmallocinfo: result.vmallocInfo.map((area) => ({ ...area, start: hex(area.start), end: hex(area.end) })),
    },
  };
  return `${JSON.stringify(output, undefined, 2)}\n`;
}

/** What the last function returned, or why the guest was stopped and, at the timeout, where it was. */
function endOf({ stopped, result = 0, timeoutSite: site }: ProgramResult) {
  if (stopped === undefined) return { returned: result };
  if (!site) return { stopped };
  return { stopped, task: site.task, cpu: site.cpu, function: site.frame?.symbol, module: site.frame?.module };
}

const ENDS = {
  oops: "the guest crashed",
  panic: "the kernel panicked",
  timeout: "the guest was stopped at the timeout",
  missing: "the guest called a function that nothing provides",
} as const;

function summary(run: ProgramResult): string {
  const { module, stopped, result, warnings } = run;
  const parts = [
    ...testSummary(run),
    reportSummary(run),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
    ...(stopped === undefined ? [] : [`${ENDS[stopped]}${siteSummary(run)}`]),
    ...(stopped === undefined && result ? [`the module's function returned ${result}`] : []),
  ];
  return `kasan: ${module}: ${parts.join(", ")}`;
}

/** Where a guest was that did not end in time. */
function siteSummary({ timeoutSite }: ProgramResult): string {
  if (!timeoutSite) return "";
  const { task, cpu, frame } = timeoutSite;
  const where = frame?.symbol === undefined ? "" : `, in ${frame.symbol}()${frame.module ? ` [${frame.module}]` : ""}`;
  return `${where}, task ${task.comm}/${task.pid} on CPU ${cpu}`;
}

/** With tags a bad access can go unnoticed: how likely that is, if nothing was found. */
function missNote(mode: RunFlags["mode"], boot: BootParameters | undefined, run: ProgramResult): string {
  const tags = tagsOf(mode);
  if (!tags || boot?.enabled === false || run.reports.length > 0) return "";
  return ` (a bad access is missed if two random tags agree, 1 time in ${tags.count}, or if it stays inside the object's last granule of 16 bytes; kasan compare-modes shows which)`;
}

function testSummary({ tests }: ProgramResult): string[] {
  const count = (status: TestStatus) =>
    tests.flatMap(({ cases }) => cases).filter((one) => one.status === status).length;
  if (tests.length === 0) return [];
  return [`${plural(count("ok"), "test")} passed, ${count("not ok")} failed, ${count("skip")} skipped`];
}

function reportSummary(run: ProgramResult): string {
  const outside = reportsOutsideTests(run);
  const inside = run.reports.length - outside;
  if (inside === 0) return outside > 0 ? plural(outside, "KASAN report") : "no KASAN report";
  return `${plural(inside, "KASAN report")} in tests${outside > 0 ? ` and ${outside} outside them` : ""}`;
}

/** /proc/vmallocinfo. */
const vmallocText = ({ vmallocInfo }: ProgramResult): string =>
  vmallocInfo.map((area) => `${formatVmallocInfo(area)}\n`).join("");

function pageShadowRows({ pageShadow }: MachineStatistics): [string, string][] {
  if (!pageShadow) return [];
  const { scheme, shadow, shadowPeak, pshadow, slowPaths, slowPathFlushes, localFlushes, flushes } = pageShadow;
  const kilo = (bytes: number) => `${bytes / 1024} KB`;
  return [
    [scheme, `${kilo(shadow)} of shadow for RAM, ${kilo(shadowPeak)} at most, and ${kilo(pshadow)} of pshadow`],
    ["slow path", `${slowPaths} entered, ${slowPathFlushes} with a flush of this CPU's TLB`],
    ["remapping", `${localFlushes} with a flush of one CPU, ${flushes} of all`],
  ];
}

function statisticsText({ statistics: s }: ProgramResult): string {
  const mega = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const rows: [string, string][] = [
    ["memory", mega(s.memory)],
    ["beyond memory", `${mega(s.overhead)} (TLBs, call stacks, stack depot, area records)`],
    ["pages", `${s.peakUsedPages} in use at most, ${s.freePages} free at the end`],
    [
      "shadow",
      `${mega(s.directShadow)} of the direct map, ${plural(s.vmallocShadowPages, "page")} of vmalloc and module space`,
    ],
    ...pageShadowRows(s),
    ["page tables", plural(s.pageTablePages, "page")],
    [
      "TLB",
      `${plural(s.tlbMisses, "miss").replace("misss", "misses")}, ${plural(s.tlbFlushes, "flush").replace("flushs", "flushes")}`,
    ],
    ["checks", `${s.slowChecks} that compiled code left to the runtime`],
    ["allocations", `${s.allocations}, ${s.frees} freed, ${s.quarantine} bytes in quarantine`],
    ["vmalloc areas", String(s.vmallocAreas)],
    ["stack depot", `${plural(s.stacks, "stack")}, ${s.depot} bytes`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
