import { type Command, Option } from "@commander-js/extra-typings";
import { SCHEMES } from "@kasan/vmalloc";
import { comparePages } from "../compare/compare-pages.ts";
import { compareVmalloc } from "../compare/compare-vmalloc.ts";
import type { Streams } from "../output.ts";
import { parsePageSchemes, parseSchemes, parseSeconds } from "../values.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { machineOptions } from "./machine-options.ts";
import { formatOptions } from "./output-options.ts";

const EXAMPLES = `
Without a file, a common set of programs is run: in bounds, past the end, in the guard page, after vfree() before and after the
purge, in a neighbour's area, on a stack in vmalloc space, a module's global variable. Their sources say what is wrong with each:
a comment with a line "expect: KIND OF BUG" or "expect: nothing", which works for programs of your own too.

Verdicts: detected: KASAN reported the bug, and with a * the machine crashed after that. missed: nobody noticed. crashed: without a
report. false report: of something else. clean: nothing is wrong, and nothing was reported.

Examples:
  kasan compare-shadow                               what each scheme finds, misses and costs
  kasan compare-shadow --format html -o compare.html the same as a page with charts of the pages of shadow over time
  kasan compare-shadow bug.c                         a program of your own
  kasan compare-shadow bug.c --vmalloc-shadow lazy,flip
  kasan compare-shadow bug.c --format json -o a.json with the pages of shadow over time
  kasan compare-shadow --shadow-scheme all           shadow of the direct map: a byte for 8 bytes, or for a page
  kasan compare-shadow --shadow-scheme all --format html -o pages.html   with a chart: page cache against shadow

Takes about 10 s for the common set, 2 s for a program of your own; longer with --shadow-scheme all.
Exit codes: 0 compared, 2 bad usage or input, 70 a bug in kasan.
`;

function declareCompareShadow(program: Command) {
  const declared = program
    .command("compare-shadow")
    .summary("run programs under every vmalloc shadow scheme, side by side")
    .description(
      "Runs each program under every shadow scheme for vmalloc space, and prints what each found, missed and cost.",
    )
    .argument(
      "[file...]",
      "C files, a module of a Makefile, or one WebAssembly file; by default a common set of programs",
    );
  const command = addOptions(declared, machineOptions())
    .addOption(
      new Option("--vmalloc-shadow <schemes>", "schemes, comma-separated, or all")
        .argParser(parseSchemes)
        .default(Object.keys(SCHEMES), "all"),
    )
    .addOption(
      new Option(
        "--shadow-scheme <schemes>",
        "compare schemes for the direct map's shadow instead, comma-separated, or all",
      )
        .argParser(parsePageSchemes)
        .conflicts("vmallocShadow"),
    )
    .addOption(new Option("--common", "also run the common set of programs"))
    .addOption(new Option("--timeout <seconds>", "stop a run after this time").argParser(parseSeconds).default(60));
  return addOptions(
    command,
    formatOptions(["json", "svg", "html"], "output format; svg is charts of the pages of shadow over time"),
  ).addHelpText("after", EXAMPLES);
}

/** The flags of `kasan compare-shadow`, whatever is compared. */
export type CompareShadowFlags = Omit<FlagsOf<typeof declareCompareShadow>, "shadowScheme">;

/** Adds `kasan compare-shadow`. */
export function addCompareShadow(program: Command, streams: Streams, done: (code: number) => void): void {
  declareCompareShadow(program).action(async (files, { shadowScheme, ...flags }) =>
    done(
      shadowScheme
        ? await comparePages(files, shadowScheme, flags, streams)
        : await compareVmalloc(files, flags, streams),
    ),
  );
}
