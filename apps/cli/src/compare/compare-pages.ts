import { barPicture } from "../chart/bars.ts";
import { sectionPage } from "../chart/page.ts";
import type { CompareShadowFlags } from "../commands/compare-shadow.ts";
import { programOptions, treeOptions } from "../commands/machine-options.ts";
import { jsonText, writeForms } from "../commands/output-options.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams } from "../output.ts";
import type { TitledTable } from "../table.ts";
import { compareMixes, comparePrograms, compareWork, type Mix, type PageCompared, type Work } from "./page-schemes.ts";
import {
  mixTables,
  mixTitle,
  pageProgramTable,
  pageTotals,
  pageTotalsTable,
  pageVerdicts,
  workTable,
} from "./page-tables.ts";
import { commonPrograms, describedProgram, pagePrograms } from "./programs.ts";
import { comparisonSections } from "./sections.ts";
import { textOf } from "./text.ts";

/** The title of the charts. */
const CHARTS = "Memory for shadow";

/** The parts of a comparison of schemes for the direct map's shadow. */
interface Comparison {
  readonly schemes: readonly string[];
  readonly compared: readonly PageCompared[];
  /** Empty when programs of the user's own are compared. */
  readonly mixes: readonly Mix[];
  readonly work: readonly Work[];
}

/** `kasan compare-shadow --shadow-scheme`: programs under each scheme, shadow at several mixes, and time. @returns the exit code */
export async function comparePages(
  files: string[],
  schemes: readonly string[],
  flags: CompareShadowFlags,
  streams: Streams,
): Promise<number> {
  const line = new ProgressLine(streams);
  const progress = (what: string) => line.show(what);
  const common = files.length === 0 || flags.common === true;
  let comparison: Comparison;
  try {
    const own = files.length > 0 ? [await describedProgram(files[0], files, treeOptions(flags))] : [];
    const programs = common ? [...(await pagePrograms()), ...(await commonPrograms()), ...own] : own;
    const compared = await comparePrograms(programs, schemes, flags, progress);
    const { architecture } = (await programOptions({ ...flags, vmallocShadow: "lazy" })).machine;
    const mixes = common ? await compareMixes(schemes, flags, 2 ** architecture.pageShift, progress) : [];
    const work = common ? await compareWork(schemes, flags, progress) : [];
    comparison = { schemes, compared, mixes, work };
  } finally {
    line.clear();
  }
  const title = common ? "Shadow of the direct map compared" : `shadow of the direct map: ${files.join(", ")}`;
  const sections = sectionsOf(comparison);
  const svg = () => mixPicture(CHARTS, comparison);
  const forms = {
    text: () => textOf(sections, streams, flags.output),
    json: () => jsonText(toJson(comparison)),
    svg: () => `${svg()}\n`,
    html: () => sectionPage(title, comparisonSections(sections, programTables(comparison), CHARTS, svg())),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

function sectionsOf({ schemes, compared, mixes, work }: Comparison): TitledTable[] {
  if (mixes.length === 0) return [{ title: "", rows: pageProgramTable(compared[0].outcomes) }];
  return [pageVerdicts(compared), pageTotalsTable(compared), ...mixTables(mixes, schemes), workTable(work)];
}

/** Shadow against the share of page cache; of a program of the user's own, what it took at most. */
function mixPicture(title: string, { schemes, compared, mixes }: Comparison): string {
  const mega = (bytes: number) => bytes / 2 ** 20;
  const charts =
    mixes.length > 0
      ? mixes.map(({ run, points }) => ({
          title: mixTitle(run).replace("KB", "MB"),
          groups: points.map(({ share, bytes }) => ({ name: `${share} % page cache`, values: bytes.map(mega) })),
        }))
      : compared.map(({ program, outcomes }) => ({
          title: "MB of shadow at most, and pshadow",
          groups: [
            { name: program.name, values: outcomes.map(({ shadowPeak, pshadow }) => mega(shadowPeak + pshadow)) },
          ],
        }));
  return barPicture(title, schemes, { unit: " MB", kind: "amount" }, charts);
}

const programTables = ({ compared }: Comparison): TitledTable[] =>
  compared.map(({ program: { name, about }, outcomes }) => ({
    title: name,
    rows: pageProgramTable(outcomes),
    ...(about !== "" && { note: about }),
  }));

function toJson({ schemes, compared, mixes, work }: Comparison): unknown {
  const programs = compared.map(({ program: { name, about, files, expected }, outcomes }) => ({
    name,
    ...(about !== "" && { about }),
    ...(mixes.length === 0 && { files }),
    ...(expected && { expected: expected.bug ?? "nothing" }),
    schemes: outcomes,
  }));
  if (mixes.length === 0) return { version: 1, schemes, programs };
  return {
    version: 1,
    schemes,
    programs,
    totals: pageTotals(compared),
    mixes,
    work: work.map(({ name, outcomes }) => ({ name, schemes: outcomes })),
  };
}
