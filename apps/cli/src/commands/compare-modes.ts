import { type Command, Option } from "@commander-js/extra-typings";
import { architectures } from "@kasan/architectures";
import { MODES, type ModeName, missText } from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { sectionPage } from "../chart/page.ts";
import { painterFor } from "../colours.ts";
import { COMPARED_MODES, type ModeFlags, type ModeOutcome, modeTable, runInMode } from "../compare/modes.ts";
import { describedProgram } from "../compare/programs.ts";
import { withKey } from "../compare/sections.ts";
import { ExitCode } from "../exit-codes.ts";
import { ProgressLine, type Streams } from "../output.ts";
import { table } from "../table.ts";
import { parseSeconds } from "../values.ts";
import { parseArchitecture } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { optionsOfAnyMode, treeOptions } from "./machine-options.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

/** The processor by default: the first that has all modes. */
const WITH_ALL_MODES = architectures.all.reduce((most, one) =>
  one.modes.length > most.modes.length ? one : most,
).name;

const EXAMPLES = `
A comment in the source with a line "expect: KIND OF BUG" or "expect: nothing" says what is wrong with it; then each mode gets a verdict.

Examples:
  kasan compare-modes bug.c                                  what each mode found, missed and cost
  kasan compare-modes bug.c --format html -o compare.html    the same as a page
  kasan compare-modes bug.c --format json                    as data

Takes about 3 s.
Exit codes: 0 compared, 2 bad usage or input, 70 a bug in kasan.
`;

function declareCompareModes(program: Command) {
  const declared = program
    .command("compare-modes")
    .summary("run a program in every mode of KASAN, side by side")
    .description(
      `Runs a program once in each mode (${COMPARED_MODES.join(", ")}), and prints what each found, missed and cost.`,
    )
    .argument("<file...>", "C files, or a module of a Makefile: DIR/Makefile:foo.ko");
  const command = addOptions(declared, optionsOfAnyMode(WITH_ALL_MODES)).addOption(
    new Option("--timeout <seconds>", "stop a run after this time").argParser(parseSeconds).default(60),
  );
  return addOptions(command, formatOptions(["json", "html"])).addHelpText("after", EXAMPLES);
}

/** Adds `kasan compare-modes`. */
export function addCompareModes(program: Command, streams: Streams, done: (code: number) => void): void {
  declareCompareModes(program).action(async (files, flags) => done(await compare(files, flags, streams)));
}

async function compare(files: string[], flags: FlagsOf<typeof declareCompareModes>, streams: Streams): Promise<number> {
  const program = await describedProgram(files[0], files, treeOptions(flags));
  const progress = new ProgressLine(streams);
  const outcomes: ModeOutcome[] = [];
  let generic: readonly KasanReport[] = [];
  try {
    for (const mode of modesOf(flags)) {
      progress.show(`${program.name} in mode ${mode}`);
      const { outcome, reports } = await runInMode(mode, program, flags, generic);
      outcomes.push(outcome);
      if (mode === "generic") generic = reports;
    }
  } finally {
    progress.clear();
  }
  const rows = modeTable(outcomes);
  const tagged = TAGGED.filter(({ mode }) => outcomes.some((outcome) => outcome.mode === mode));
  const chances = tagged.map(({ mode, tags }) => `1 in ${tags.count} in ${mode}`).join(" and ");
  const note = [
    ...outcomes.flatMap(({ mode, missed = [] }) => {
      const tags = MODES[mode].tags;
      return tags ? missed.map((miss) => `${mode} missed ${missText(tags, miss)}.`) : [];
    }),
    ...(tagged.length === 0
      ? []
      : [
          `A bad access is missed if two random tags agree: ${chances}.`,
          "With hardware tags a CPU checks up to its first report.",
        ]),
  ].join("\n");
  const tagChance = Object.fromEntries(TAGGED.map(({ mode, tags }) => [mode, 1 / tags.count]));
  const forms = {
    text: () => `${table(rows, painterFor(streams, flags.output))}\n${note}\n`,
    json: () => jsonText({ version: 1, files, tagChance, modes: outcomes }),
    html: () =>
      sectionPage(`KASAN's modes: ${files.join(", ")}`, withKey([{ title: "What each finds, and costs", rows, note }])),
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}

/** The modes that compare tags. */
const TAGGED = COMPARED_MODES.flatMap((mode) => {
  const tags = MODES[mode].tags;
  return tags ? [{ mode, tags }] : [];
});

/** The modes that kernels of the architecture have. */
function modesOf({ arch }: ModeFlags): ModeName[] {
  const { modes } = architectures.get(parseArchitecture(arch).name);
  return COMPARED_MODES.filter((mode) => mode === "off" || modes.includes(mode));
}
