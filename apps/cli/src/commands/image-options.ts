import { architectures } from "@kasan/architectures";
import {
  ImageError,
  type ImageOptions,
  type KernelConfig,
  type MemoryImage,
  openImage,
  parseKernelConfig,
} from "@kasan/image";
import { parseAddress } from "@kasan/shadow";
import { type Command, InvalidArgumentError, Option } from "commander";
import { openLog } from "../logs/open-log.ts";
import type { Streams } from "../output.ts";
import { Extensions } from "../plugins/extensions.ts";
import { choiceOptions, givenOptions, openChoices, pluginOption } from "./architectures.ts";

/** Flags of the commands that open a memory image. */
export interface ImageFlags {
  readonly arch?: string;
  readonly plugin?: string;
  readonly root?: bigint;
  readonly base?: bigint;
  readonly mode?: ImageOptions["kasan"];
  readonly config?: string;
  readonly userRoot?: bigint;
}

/** Help on images, for all commands that read one. */
export const IMAGE_HELP = `The image is an ELF core (QEMU's dump-guest-memory, /proc/vmcore, kasan run --dump) or raw memory, plain or compressed
(.gz, .zst; decompressed into a nameless file in TMPDIR). Page tables, KASAN and KASLR are found in it, or given.`;

/** Adds those flags. */
export function addImageOptions(command: Command): Command {
  const named = architectures.all.flatMap(({ rootRegister }) => rootRegister ?? []);
  command
    .addOption(openChoices(new Option("--arch <name>", "architecture of raw memory"), architectures.names))
    .addOption(new Option("--root <address>", `physical address in ${named.join(" or ")}`).argParser(parsePhysical))
    .addOption(
      new Option("--base <address>", "physical address of the first byte of raw memory").argParser(parsePhysical),
    )
    .addOption(
      new Option("--mode <name>", "KASAN's mode, if the image does not show it").choices([
        "generic",
        "sw_tags",
        "hw_tags",
        "off",
      ]),
    )
    .addOption(pluginOption("platforms"));
  for (const option of choiceOptions()) command.addOption(option);
  return command;
}

/** Opens an image, and prints what seems wrong with it. */
export async function openNamed(file: string, flags: ImageFlags, streams: Streams): Promise<MemoryImage> {
  const { arch, plugin, root, base, mode, config, userRoot } = flags;
  const { platforms } = await Extensions.load(plugin);
  const image = await openImage(file, {
    platforms,
    choice: givenOptions(flags),
    ...(arch !== undefined && { arch }),
    ...(root !== undefined && { root: Number(root) }),
    ...(base !== undefined && { base: Number(base) }),
    ...(userRoot !== undefined && { userRoot: Number(userRoot) }),
    ...(config !== undefined && { config: await configOf(config) }),
    ...(mode !== undefined && { kasan: mode }),
  });
  for (const warning of image.warnings) streams.err(`kasan: warning: ${warning}\n`);
  return image;
}

/** Characters of a kernel's configuration at most; real ones have some 300,000. */
const MOST_CONFIG = 2 ** 24;

/** The kernel configuration in a file, plain or compressed as /proc/config.gz. */
async function configOf(path: string): Promise<KernelConfig> {
  let text = "";
  for await (const chunk of openLog(path)) {
    text += Buffer.from(chunk).toString("latin1");
    if (text.length > MOST_CONFIG) break;
  }
  try {
    return parseKernelConfig(text);
  } catch (error) {
    throw error instanceof ImageError ? new ImageError(error.code, `${path}: ${error.message}`) : error;
  }
}

/** Parses a physical address in hex. The whole value of a register (a satp, with its mode) is not one. */
function parsePhysical(text: string): bigint {
  const address = parseHex(text);
  if (address < 1n << 56n) return address;
  throw new InvalidArgumentError(
    `"${text}" has more than the 56 bits of a physical address; give the address in the register.`,
  );
}

/** An address in hex. */
export function parseHex(text: string): bigint {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
