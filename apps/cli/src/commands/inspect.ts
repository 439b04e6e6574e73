import { basename } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { architectures } from "@kasan/architectures";
import { inspect, inspectHtml, inspectJson, inspectText } from "@kasan/image";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { parseAccessSize } from "../values.ts";
import { addOptions, type FlagsOf } from "./flags.ts";
import { IMAGE_HELP, imageOptions, openNamed, parseHex } from "./image-options.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
${IMAGE_HELP}

Examples:
  kasan inspect vmcore ffff888000a59874             region, page tables bit by bit, shadow, and KASAN's verdict
  kasan inspect vmcore f1ff000000e06778 --write     of a write through a pointer with its tag
  kasan inspect vmcore.zst ffff888000a59874 --size 8 --format json
  kasan inspect vmcore aaaad5f01000 --user-root 42a17000      user space of arm64, whose tables an image does not name
  kasan inspect ram.bin ffff888000000000 --arch x86_64 --root 1e62000 --format html -o map.html

Takes less than 1 s; a compressed image is decompressed first.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

/** The architectures with a root table for user space. */
const userRoots = architectures.all
  .flatMap(({ name, userRootRegister }) => (userRootRegister === undefined ? [] : `${name}, ${userRootRegister}`))
  .join("; ");

const declareInspect = (program: Command) =>
  addOptions(addOptions(program.command("inspect"), imageOptions()), formatOptions(["json", "html"]))
    .summary("follow addresses through a memory image")
    .description(
      "Follows each address through the page tables and the shadow in a machine's memory, and prints KASAN's verdict on an access there.",
    )
    .argument("<image>", "memory image")
    .argument("<address...>", "addresses, in hex", (text: string, before: bigint[] = []) => [...before, parseHex(text)])
    .addOption(
      new Option(
        "--user-root <address>",
        `physical address of user space's root table, where that is another: ${userRoots}`,
      ).argParser(parseHex),
    )
    .addOption(new Option("--size <bytes>", "bytes of the access").argParser(parseAccessSize).default(1))
    .addOption(new Option("--write", "the access writes"))
    .addHelpText("after", EXAMPLES);

/** The flags of `kasan inspect`. */
export type InspectFlags = FlagsOf<typeof declareInspect>;

/** Adds `kasan inspect`. */
export function addInspect(program: Command, streams: Streams, done: (code: number) => void): void {
  declareInspect(program).action(async (file, addresses, flags) => {
    await run(file, addresses, flags, streams);
    done(ExitCode.clean);
  });
}

async function run(file: string, addresses: bigint[], flags: InspectFlags, streams: Streams): Promise<void> {
  const image = await openNamed(file, flags, streams);
  try {
    const access = { size: flags.size, write: flags.write === true };
    const found = addresses.map((address) => inspect(image, address, access));
    const forms = {
      text: () => found.map(inspectText).join(`${"─".repeat(80)}\n`),
      json: () => jsonText({ version: 1, addresses: found.map(inspectJson) }),
      html: () => inspectHtml(found, `KASAN's verdict on addresses in ${basename(file)}`),
    };
    await writeForms(flags, forms, streams);
  } finally {
    image.close();
  }
}
