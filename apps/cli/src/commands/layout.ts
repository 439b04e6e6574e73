import { type Command, Option } from "@commander-js/extra-typings";
import { type PlanOptions, plan } from "@kasan/kernel";
import { traitsOf } from "@kasan/vmalloc";
import { pictureSection, sectionPage, tableSection } from "../chart/page.ts";
import { painterFor } from "../colours.ts";
import { ExitCode } from "../exit-codes.ts";
import { heading, type Planned } from "../layout/described.ts";
import { planJson } from "../layout/json.ts";
import { planPicture } from "../layout/picture.ts";
import { planTables } from "../layout/tables.ts";
import { planText } from "../layout/text.ts";
import type { Streams } from "../output.ts";
import { Extensions } from "../plugins/extensions.ts";
import { PER_BYTE, parseCpusUpTo, parsePercent, parseSize } from "../values.ts";
import { pluginOption, processorChoice, processorOptions } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { modeOption, shadowSchemeOption, vmallocShadowOption } from "./machine-options.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
Examples:
  kasan layout --memory 32M                          what KASAN costs a small board
  kasan layout --memory 64T --levels 5               or a large server
  kasan layout --memory 32M --vmalloc-shadow early   with the shadow of kernels before 5.5
  kasan layout --memory 1G --shadow-scheme per-page  with shadow for kernel memory alone
  kasan layout --arch arm64 --unshared               why unused shadow shares its tables
  kasan layout --memory 1G --format html -o layout.html     with a picture; svg is the picture alone
  kasan layout --memory 1G --format json | jq '.costs'      as data

Takes less than 1 s.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

/** The share of kernel memory by default: percent. */
const KERNEL_SHARE = 25;

function declareLayout(program: Command) {
  const command = program
    .command("layout")
    .summary("print where KASAN's shadow is and what it costs at boot")
    .description(
      "Prints a kernel's address space, the shadow of each region and what backs it, and the memory that KASAN takes: shadow, " +
        "page tables, metadata of each kmalloc cache, quarantine, shadow of vmalloc areas. None of that memory is allocated.",
    )
    .addOption(
      new Option("--memory <size>", "RAM, from 16M to the processor's limit: 64T with 4 levels")
        .argParser(parseSize)
        .default(64 * 2 ** 20, "64M"),
    )
    .addOption(modeOption())
    .addOption(vmallocShadowOption())
    .addOption(shadowSchemeOption())
    .addOption(pluginOption("platforms or schemes"))
    .addOption(
      new Option(
        "--kernel-share <percent>",
        `per-page schemes: assumed share of kernel memory (default: ${KERNEL_SHARE})`,
      ).argParser(parsePercent),
    )
    .addOption(new Option("--unshared", "also print what page tables would take if unused shadow did not share them"))
    .addOption(new Option("--cpus <n>", "CPUs, 1 to 4096").argParser(parseCpusUpTo(4096)).default(1));
  return addOptions(
    addOptions(command, processorOptions()),
    formatOptions(["json", "svg", "html"], "output format; svg is a picture of the address space, its shadow and RAM"),
  ).addHelpText("after", EXAMPLES);
}

/** Adds `kasan layout`. */
export function addLayout(program: Command, streams: Streams, done: (code: number) => void): void {
  declareLayout(program).action(async (flags, command) => {
    if (flags.kernelShare !== undefined && flags.shadowScheme === PER_BYTE)
      command.error(
        "error: --kernel-share is for shadow of kernel memory alone: give --shadow-scheme per-page as well",
      );
    done(await layout(flags, streams));
  });
}

async function layout(flags: FlagsOf<typeof declareLayout>, streams: Streams): Promise<number> {
  const { mode } = flags;
  const extensions = await Extensions.load(flags.plugin);
  const { name, options: chosen, kasan } = processorChoice(flags, extensions.platforms);
  const architecture = extensions.platforms.create(name, chosen, kasan);
  const vmallocShadow = extensions.vmallocScheme(flags.vmallocShadow);
  const shadowScheme = extensions.pageScheme(flags.shadowScheme);
  const options: PlanOptions = {
    architecture,
    memoryBytes: flags.memory,
    mode,
    vmallocShadow,
    ...(shadowScheme && { shadowScheme }),
    kernelShare: (flags.kernelShare ?? KERNEL_SHARE) / 100,
    cpus: flags.cpus,
  };
  const planned: Planned = {
    arch: name,
    levels: architecture.levels.length,
    options,
    scheme: flags.vmallocShadow,
    real: traitsOf(vmallocShadow).real,
    unshared: flags.unshared === true,
    plan: plan(options),
  };
  const forms = {
    text: () => planText(planned, painterFor(streams, flags.output)),
    json: () => jsonText(planJson(planned)),
    svg: () => `${planPicture(planned, heading(planned))}\n`,
    html: () => {
      const picture = pictureSection("Where things are", planPicture(planned));
      return sectionPage(heading(planned), [picture, ...planTables(planned).map(tableSection)]);
    },
  };
  await writeForms(flags, forms, streams);
  return ExitCode.clean;
}
