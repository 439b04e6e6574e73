import { basename } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import type { Section } from "@kasan/html";
import { Replay, type ReplayResult, SCHEMES, TraceReader } from "@kasan/vmalloc";
import { pictureSection, sectionPage, tableSection } from "../chart/page.ts";
import { shadowPicture } from "../chart/shadow-pages.ts";
import { ExitCode } from "../exit-codes.ts";
import { InputError } from "../logs/input-error.ts";
import { openLog, STDIN } from "../logs/open-log.ts";
import { ProgressLine, type Streams } from "../output.ts";
import { table } from "../table.ts";
import { parseSchemes } from "../values.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
The trace is the text of /sys/kernel/tracing/trace, or of trace-cmd report, with the events of vmalloc, from boot on if it is to
be complete: boot with trace_event=vmalloc:* trace_buf_size=16M.

Examples:
  kasan replay trace.txt.zst                               what the kernel's areas would cost under every scheme
  cat /sys/kernel/tracing/trace | kasan replay -           of this machine
  kasan replay trace.txt --vmalloc-shadow lazy,mainline    under two of them
  kasan replay trace.txt --format html -o costs.html       with a chart of the pages of shadow
  kasan replay trace.txt --format json -o costs.json       with the history, for charts of your own

Takes about 1 s for each 100,000 events.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

function declareReplay(program: Command) {
  const command = program
    .command("replay")
    .summary("replay a real kernel's vmalloc trace under every shadow scheme")
    .description("Replays the vmalloc events of a real kernel, and prints what each shadow scheme would have cost it.")
    .argument("<trace>", "trace, plain or compressed (.gz, .zst); - for standard input")
    .addOption(
      new Option("--vmalloc-shadow <schemes>", "schemes, comma-separated, or all")
        .argParser(parseSchemes)
        .default(Object.keys(SCHEMES), "all"),
    )
    .addOption(
      new Option("--granule <bytes>", "bytes of memory per shadow byte: 8, or 16 with software tags")
        .choices(["8", "16"])
        .default("8"),
    );
  return addOptions(
    command,
    formatOptions(["json", "svg", "html"], "output format; svg is a chart of the pages of shadow, event by event"),
  ).addHelpText("after", EXAMPLES);
}

/** Adds `kasan replay`. */
export function addReplay(program: Command, streams: Streams, done: (code: number) => void): void {
  declareReplay(program).action(async (trace, flags) => done(await replay(trace, flags, streams)));
}

async function replay(trace: string, flags: FlagsOf<typeof declareReplay>, streams: Streams): Promise<number> {
  const progress = new ProgressLine(streams);
  const schemes = Object.fromEntries(flags.vmallocShadow.map((name) => [name, SCHEMES[name]]));
  const replayed = new Replay(schemes, flags.granule === "16" ? 4 : 3);
  const reader = new TraceReader();
  const decoder = new TextDecoder();
  try {
    for await (const chunk of openLog(trace, streams.input)) {
      for (const event of reader.push(decoder.decode(chunk, { stream: true }))) replayed.add(event);
      progress.show(`${replayed.events} events`);
    }
    for (const event of reader.end()) replayed.add(event);
  } finally {
    progress.clear();
  }
  const { result } = replayed;
  const name = trace === STDIN ? "standard input" : trace;
  if (result.events === 0)
    throw new InputError("INPUT_DAMAGED", `${name}: no vmalloc events in it; see kasan replay --help`);
  const title = `vmalloc shadow of the kernel that made ${basename(name)}`;
  const svg = () => shadowPicture(title, [chart(result)]);
  const forms = {
    text: () => `${describe(name, result)}\n${table(costRows(result))}\n${table(growthRows(result))}`,
    json: () => jsonText(toJson(result)),
    svg: () => `${svg()}\n`,
    html: () => sectionPage(title, [costSection(result), pictureSection("Pages of shadow, event by event", svg())]),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

/** `skipped` counts all that was left out; `skippedWhy` says why. */
function toJson({ skipped, ...result }: ReplayResult) {
  const total = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  return { version: 1, ...result, skipped: total, skippedWhy: skipped };
}

const REASONS: readonly [keyof ReplayResult["skipped"], string][] = [
  ["damaged", "damaged or cut lines"],
  ["unknownFrees", "frees of areas older than the trace"],
  ["conflicts", "areas where others are: events are missing"],
  ["failed", "areas that did not come to be"],
  ["otherSpaces", "events of other spaces: modules"],
];

function describe(name: string, result: ReplayResult): string {
  const left = leftOut(result).map((what) => `  left out: ${what}\n`);
  const damaged = result.damagedLines.map(({ line, text }) => `    line ${line}: ${text}\n`);
  return [`${name}: ${extent(result)}\n`, ...left, ...damaged].join("");
}

const extent = ({ events, areasAtEnd }: ReplayResult) => `${events} events, ${areasAtEnd} areas at the end`;

const leftOut = ({ skipped }: ReplayResult): string[] =>
  REASONS.filter(([why]) => skipped[why] > 0).map(([why, text]) => `${skipped[why]} ${text}`);

function costSection(result: ReplayResult): Section {
  const left = leftOut(result);
  const note = `${extent(result)}.${left.length > 0 ? ` Left out: ${left.join("; ")}.` : ""}`;
  return tableSection({ title: "What each scheme would cost", rows: costRows(result), note });
}

function costRows({ schemes }: ReplayResult): string[][] {
  const rows = Object.entries(schemes).map(([scheme, cost]) => [
    scheme,
    ...[
      cost.shadowPagesPeak,
      cost.shadowPagesAtEnd,
      cost.shadowPagesAllocated,
      cost.shadowPagesFreed,
      cost.flushes,
    ].map(String),
  ]);
  return [["pages of shadow", "peak", "at the end", "came", "went", "flushes"], ...rows];
}

/** Most rows that show how the shadow grows. */
const GROWTH_ROWS = 10;

/** Pages of shadow in the course of the trace, at evenly spaced events. */
function growthRows({ schemes, history, events, areasAtEnd }: ReplayResult): string[][] {
  const names = Object.keys(schemes);
  const count = Math.min(GROWTH_ROWS, history.length);
  const samples = Array.from(
    { length: count },
    (_, row) => history[Math.floor(((row + 1) * history.length) / count) - 1],
  );
  const rows = samples
    .filter((sample) => sample.events < events)
    .map((sample) => [
      String(sample.events),
      String(sample.areas),
      ...names.map((name) => String(sample.shadowPages[name])),
    ]);
  const atEnd = [events, areasAtEnd, ...names.map((name) => schemes[name].shadowPagesAtEnd)].map(String);
  return [["pages of shadow after events", "areas", ...names], ...rows, atEnd];
}

function chart({ schemes, history, events }: ReplayResult) {
  const series = Object.entries(schemes).map(([name, { shadowPagesAtEnd, shadowPagesPeak }]) => {
    const points = history.map((sample) => [sample.events, sample.shadowPages[name]] as const);
    return {
      name,
      points: [[0, 0] as const, ...points, [events, shadowPagesAtEnd] as const],
      peak: shadowPagesPeak,
    };
  });
  return { title: "pages of shadow", xLabel: "events", series };
}
