import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  type AccessOptions,
  findReferences,
  inspect,
  inspectHtml,
  inspectJson,
  inspectText,
  type MemoryImage,
  referencesHtml,
  referencesJson,
  referencesText,
  scan,
  scanHtml,
  scanJson,
  scanText,
  styleOf,
} from "@kasan/image";
import { ProgressLine, type Streams } from "../output.ts";
import { parseAccessSize } from "../values.ts";
import { addressOf } from "./address.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { type Asked, addImageCommand, type ImageCommand } from "./image-command.ts";
import { IMAGE_HELP, userRootOption } from "./image-options.ts";
import { type Forms, formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
${IMAGE_HELP}

Examples:
  kasan inspect vmcore ffff888000a59874                         who allocated it, who freed it, and what KASAN would say
  kasan inspect vmcore init_task+0x40                           of a variable
  kasan inspect vmcore runqueues:0                              of CPU 0's copy of a variable
  kasan inspect vmcore f1ff000000e06778 --access write:8        the report of a write through a pointer with its tag
  kasan inspect vmcore ffff888000a59800 --access free           the report of a free
  kasan inspect vmcore ffff888000a59874 --find                  who still points to its object
  kasan inspect vmcore --scan                                   what all memory is used for
  kasan inspect vmcore ffff888000a59874 ffff888001c3a000 --format html -o dump.html    objects drawn, linked where one points to another
  kasan inspect vmcore.zst ffff888000a59874 --format json
  kasan inspect vmcore aaaad5f01000 --user-root 42a17000      user space of arm64, whose tables an image does not name
  kasan inspect ram.bin ffff888000000000 --arch x86_64 --root 1e62000 --format html -o map.html

Takes less than 1 s; a compressed image is decompressed first.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

const options = () =>
  addOptions(
    new Command()
      .addOption(
        new Option(
          "--access <what>",
          "the access that is asked about: read or write, with its bytes like write:8, or free",
        )
          .argParser(parseAccess)
          .default({ size: 1 } as Access, "read:1"),
      )
      .addOption(
        new Option("--scan", "look at all shadow and slabs: what is in use, in quarantine, kept, odd").conflicts([
          "find",
          "access",
        ]),
      )
      .addOption(
        new Option("--find", "find what points to each address's object; physical addresses count too").conflicts(
          "access",
        ),
      ),
    formatOptions(["json", "html"]),
  );

type InspectFlags = FlagsOf<typeof options>;

/** `kasan inspect`. */
export const inspectCommand: ImageCommand<InspectFlags> = {
  name: "inspect",
  summary: "ask a memory image about addresses",
  description:
    "Follows each address through the page tables and the shadow in a machine's memory. Prints KASAN's verdict on an access there, what the kernel's own data say of the address - its name, its object with the stacks of allocation and free, its page, its task -, and the report that the kernel would have printed.",
  addresses: "addresses in hex, or names like init_task+0x40, runqueues:0",
  options,
  opening: userRootOption,
  examples: EXAMPLES,
  refusal: (addresses, flags) => {
    if (flags.scan && addresses.length > 0) return "--scan looks at everything; leave out the addresses";
    if (!flags.scan && addresses.length === 0) return "missing required argument 'address'";
    return undefined;
  },
  answer: (asked) => writeForms(asked.flags, formsOf(asked), asked.streams),
};

/** Adds `kasan inspect`. */
export const addInspect = addImageCommand(inspectCommand);

function formsOf({ image, file, addresses, flags, streams }: Asked<InspectFlags>): InspectForms {
  const name = basename(file);
  if (flags.scan) return scanForms(image, name, streams);
  const asked = addresses.map((address) => addressOf(image, address));
  return flags.find ? findForms(image, asked, name, streams) : addressForms(image, asked, flags.access, name);
}

type InspectForms = Forms<InspectFlags["format"]>;

function addressForms(image: MemoryImage, addresses: readonly bigint[], access: Access, name: string): InspectForms {
  const found = addresses.map((address) => inspect(image, address, access));
  const style = styleOf(image.kernel);
  return {
    text: () => found.map((one) => inspectText(one, style)).join(`${"─".repeat(80)}\n`),
    json: () => jsonText({ version: 1, addresses: found.map(inspectJson) }),
    html: () => inspectHtml(image, found, `KASAN's verdict on addresses in ${name}`),
  };
}

function scanForms(image: MemoryImage, name: string, streams: Streams): InspectForms {
  const found = withProgress(streams, (show) => scan(image.kernel, show));
  return {
    text: () => scanText(found, image.kasan),
    json: () => jsonText({ version: 1, scan: scanJson(found, image.kasan) }),
    html: () => scanHtml(found, image.kasan, `What ${name} has in shadow and slabs`),
  };
}

function findForms(image: MemoryImage, addresses: readonly bigint[], name: string, streams: Streams): InspectForms {
  const found = withProgress(streams, (show) =>
    addresses.map((address) => findReferences(image.kernel, address, show)),
  );
  return {
    text: () => found.map(referencesText).join("\n"),
    json: () => jsonText({ version: 1, references: found.map(referencesJson) }),
    html: () => referencesHtml(found, `What points to addresses in ${name}`),
  };
}

/** Does long work, and shows how far it is: on a terminal only, as work that does not yield cannot say so now and then. */
function withProgress<T>(streams: Streams, work: (show: (done: number, total: number) => void) => T): T {
  const line = new ProgressLine(streams);
  let shown = -1;
  const show = (done: number, total: number) => {
    const percent = Math.min(100, Math.floor((100 * done) / total));
    if (percent === shown || !streams.isTerminal) return;
    shown = percent;
    line.show(`${percent}% of ${Math.ceil(total / 2 ** 20)} MB looked at`);
  };
  try {
    return work(show);
  } finally {
    line.clear();
  }
}

type Access = AccessOptions | "free";

/** Parses what an access is: `read`, `write:8`, `free`. */
function parseAccess(text: string): Access {
  if (text === "free") return text;
  const [kind, size = "1", ...rest] = text.split(":");
  if ((kind !== "read" && kind !== "write") || rest.length > 0)
    throw new InvalidArgumentError(`"${text}" is not valid; write read or write, with bytes like write:8, or free.`);
  return { size: parseAccessSize(size), write: kind === "write" };
}
