import { sectionPage } from "../chart/page.ts";
import { shadowPicture } from "../chart/shadow-pages.ts";
import type { CompareShadowFlags } from "../commands/compare-shadow.ts";
import { treeOptions } from "../commands/machine-options.ts";
import { jsonText, writeForms } from "../commands/output-options.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams } from "../output.ts";
import type { TitledTable } from "../table.ts";
import { runUnder } from "./outcome.ts";
import { commonPrograms, describedProgram, type Program } from "./programs.ts";
import { comparisonSections } from "./sections.ts";
import { type Compared, commonTables, programTable, schemeTotals } from "./tables.ts";
import { textOf } from "./text.ts";

/** The title of the charts. */
const CHARTS = "Pages of shadow over time";

/** `kasan compare-shadow`: programs under each scheme for vmalloc space. @returns the exit code */
export async function compareVmalloc(files: string[], flags: CompareShadowFlags, streams: Streams): Promise<number> {
  const own = files.length > 0 ? [await describedProgram(files[0], files, treeOptions(flags))] : [];
  const common = files.length === 0 || flags.common ? await commonPrograms() : [];
  const compared = await runAll([...common, ...own], flags, streams);
  const sections =
    common.length > 0 ? commonTables(compared) : [{ title: "", rows: programTable(compared[0].outcomes) }];
  const title = common.length > 0 ? "vmalloc shadow schemes compared" : `vmalloc shadow schemes: ${files.join(", ")}`;
  const svg = () => shadowPicture(CHARTS, compared.map(chart));
  const forms = {
    text: () => textOf(sections, streams, flags.output),
    json: () => jsonText(toJson(compared, common.length > 0)),
    svg: () => `${svg()}\n`,
    html: () => sectionPage(title, comparisonSections(sections, programTables(compared), CHARTS, svg())),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

async function runAll(programs: readonly Program[], flags: CompareShadowFlags, streams: Streams): Promise<Compared[]> {
  const progress = new ProgressLine(streams);
  const schemes = flags.vmallocShadow;
  const compared: Compared[] = [];
  let runs = 0;
  try {
    for (const program of programs) {
      const outcomes = [];
      for (const scheme of schemes) {
        progress.show(`${program.name} under ${scheme} (${++runs} of ${programs.length * schemes.length})`);
        outcomes.push(await runUnder(scheme, program, flags));
      }
      compared.push({ program, outcomes });
    }
  } finally {
    progress.clear();
  }
  return compared;
}

function toJson(compared: readonly Compared[], common: boolean): unknown {
  if (!common) return { version: 1, files: compared[0].program.files, schemes: compared[0].outcomes };
  const programs = compared.map(({ program: { name, about, expected }, outcomes }) => ({
    name,
    about,
    ...(expected && { expected: expected.bug ?? "nothing" }),
    schemes: outcomes,
  }));
  return { version: 1, programs, totals: schemeTotals(compared) };
}

const programTables = (compared: readonly Compared[]): TitledTable[] =>
  compared.map(({ program: { name, about }, outcomes }) => ({
    title: name,
    rows: programTable(outcomes),
    ...(about !== "" && { note: about }),
  }));

/** Microseconds, so that ticks are short. */
function chart({ program, outcomes }: Compared) {
  const series = outcomes.map(({ scheme, history, shadowPagesPeak }) => ({
    name: scheme,
    points: history.map(([time, pages]) => [time / 1000, pages] as const),
    peak: shadowPagesPeak,
  }));
  return { title: program.name, xLabel: "microseconds of the machine's clock", series };
}
