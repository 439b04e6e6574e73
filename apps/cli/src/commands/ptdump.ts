import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  type Alias,
  aliasesOf,
  filterImage,
  formatOf,
  type ListingFilter,
  lineJson,
  listImage,
  type MemoryImage,
  machineJson,
  mapHtml,
  spellLine,
} from "@kasan/image";
import { PageFlags } from "@kasan/mmu";
import { formatAddress, hex, spellAddress } from "@kasan/shadow";
import { parseSize } from "../values.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { addImageCommand, type ImageCommand } from "./image-command.ts";
import { configOption, IMAGE_HELP, parseHex } from "./image-options.ts";
import { type Forms, formatOptions, writeForms } from "./output-options.ts";

const EXAMPLES = `
${IMAGE_HELP}

Examples:
  kasan ptdump vmcore                                  as /sys/kernel/debug/page_tables/kernel
  kasan ptdump vmcore.zst --region "KASAN shadow"      of one region
  kasan ptdump vmcore --permissions wx                 what is writable and executable
  kasan ptdump vmcore --page 2M --range ffff888000000000-ffff888007ffffff
  kasan ptdump vmcore --physical 23ad000               every address that is mapped there
  kasan ptdump ram.bin --arch arm64 --root 409cf000 --base 40000000
  kasan ptdump vmcore --config /boot/config-6.12       with the headings that this kernel prints
  kasan ptdump vmcore --format json -o tables.json
  kasan ptdump vmcore --format html -o map.html

Takes less than 1 s; a compressed image is decompressed first.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

const options = () =>
  addOptions(
    new Command()
      .addOption(
        new Option("--range <from-to>", "only these addresses, both in hex, both included").argParser(parseRange),
      )
      .addOption(
        new Option("--permissions <rwxu>", "only mappings that permit all of these; u: user code").argParser(
          parsePermissions,
        ),
      )
      .addOption(new Option("--page <size>", "only pages of this size, like 4K or 2M").argParser(parseSize))
      .addOption(new Option("--region <name>", 'only this region, like vmalloc or "KASAN shadow"'))
      .addOption(
        new Option("--physical <address>", "only the addresses that map this physical address").argParser(parseHex),
      ),
    formatOptions(["json", "html"]),
  );

type PtdumpFlags = FlagsOf<typeof options>;

/** `kasan ptdump`. */
export const ptdumpCommand: ImageCommand<PtdumpFlags> = {
  name: "ptdump",
  summary: "list the page tables in a memory image as the kernel does",
  description:
    "Prints the page tables in a machine's memory as the kernel prints /sys/kernel/debug/page_tables/kernel.",
  options,
  opening: configOption,
  examples: EXAMPLES,
  refusal: (_addresses, { physical, format }) =>
    physical !== undefined && format === "html" ? "--physical has no page; give --format text or json" : undefined,
  answer: ({ image, file, flags, streams }) =>
    writeForms(
      flags,
      flags.physical === undefined ? listed(image, flags, file) : aliased(image, flags.physical),
      streams,
    ),
};

/** Adds `kasan ptdump`. */
export const addPtdump = addImageCommand(ptdumpCommand);

function listed(image: MemoryImage, flags: PtdumpFlags, file: string): Forms<PtdumpFlags["format"]> {
  const filter = filterOf(flags);
  return {
    text: () => lineTexts(image, filter),
    json: () => jsonTexts(image, "ranges", filterImage(image, filter), (line) => lineJson(image, line)),
    html: () => mapHtml(image, filterImage(image, filter), `Page tables in ${basename(file)}`),
  };
}

function aliased(image: MemoryImage, physical: bigint): Forms<PtdumpFlags["format"]> {
  const aliases = () => aliasesOf(image, Number(physical));
  return {
    text: () => physicalTexts(aliases()),
    json: () => jsonTexts(image, "aliases", aliases(), aliasJson),
    html: () => "",
  };
}

function filterOf({ range, permissions, page, region }: PtdumpFlags): ListingFilter | undefined {
  if (range === undefined && permissions === undefined && page === undefined && region === undefined) return undefined;
  return {
    ...(range !== undefined && { from: range[0], to: range[1] }),
    ...(permissions !== undefined && { permissions }),
    ...(page !== undefined && { pageSize: page }),
    ...(region !== undefined && { region }),
  };
}

function* lineTexts(image: MemoryImage, filter: ListingFilter | undefined): Generator<string> {
  const format = formatOf(image);
  const lines = filter === undefined ? listImage(image) : filterImage(image, filter);
  for (const line of lines) yield `${spellLine(format, line)}\n`;
}

const aliasJson = ({ address, count, stride }: Alias) => ({
  address: spellAddress(address),
  count: hex(count),
  stride: hex(stride),
});

function* physicalTexts(aliases: Iterable<Alias>): Generator<string> {
  for (const { address, count, stride } of aliases) {
    const more = count > 1n ? ` and ${count - 1n} more, each ${stride} bytes on` : "";
    yield `${formatAddress(address)}${more}\n`;
  }
}

/** JSON, made as it is printed. */
function* jsonTexts<T>(
  image: MemoryImage,
  name: string,
  items: Iterable<T>,
  toJson: (item: T) => object,
): Generator<string> {
  yield `{"version":1,\n"machine":${JSON.stringify(machineJson(image))},\n"${name}":[`;
  let first = true;
  for (const item of items) {
    yield `${first ? "" : ","}\n${JSON.stringify(toJson(item))}`;
    first = false;
  }
  yield "\n]}\n";
}

const PERMISSIONS: Readonly<Record<string, number>> = {
  r: PageFlags.READ,
  w: PageFlags.WRITE,
  x: PageFlags.EXEC,
  u: PageFlags.USER,
};

function parsePermissions(text: string): number {
  if (!/^[rwxu]+$/.test(text))
    throw new InvalidArgumentError(`"${text}" is not valid; write letters of rwxu, like wx.`);
  return [...text].reduce((flags, letter) => flags | PERMISSIONS[letter], 0);
}

function parseRange(text: string): readonly [bigint, bigint] {
  const [from = "", to = "", ...rest] = text.split("-");
  const range = [parseHex(from), parseHex(to)] as const;
  if (rest.length > 0 || range[0] > range[1]) {
    throw new InvalidArgumentError(
      `"${text}" is not a range; write two addresses, like ffff888000000000-ffff8880ffffffff.`,
    );
  }
  return range;
}
