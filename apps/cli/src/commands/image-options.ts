import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { architectures } from "@kasan/architectures";
import { Cache, cacheFolder } from "@kasan/guest/cache";
import {
  ImageError,
  type KernelConfig,
  KernelFile,
  type MemoryImage,
  openImage,
  openSource,
  parseKernelConfig,
} from "@kasan/image";
import { parseAddress } from "@kasan/shadow";
import { openLog } from "../logs/open-log.ts";
import { ProgressLine, type Streams } from "../output.ts";
import { Extensions } from "../plugins/extensions.ts";
import { choiceOptions, givenOptions, openChoices, pluginOption } from "./architectures.ts";
import { addOptions, type FlagsOf } from "./flags.ts";

/** Flags of the commands that open a memory image, of which each has some. */
export type ImageFlags = FlagsOf<typeof imageOptions> &
  Partial<FlagsOf<typeof userRootOption> & FlagsOf<typeof configOption>>;

/** Help on images, for all commands that read one. */
export const IMAGE_HELP = `The image is a kernel's crash dump (ELF or kdump: of makedumpfile, QEMU, /proc/vmcore, kasan run --dump), what LiME or AVML took,
what virsh dump, virsh save or VMware saved, qemu:SOCKET for a machine whose QMP monitor is there, or raw memory. Each also in .gz, .zst, .lz4
or .xz (decompressed into a nameless file in TMPDIR). Page tables, KASAN and KASLR are found in it, or given.`;

/** The registers that hold the root table of a kernel's page tables. */
const rootRegisters = architectures.all.flatMap(({ rootRegister }) => rootRegister ?? []).join(" or ");

/** The flags that all commands have that open an image. */
export const imageOptions = () =>
  addOptions(
    new Command()
      .addOption(
        openChoices(new Option("--arch <name>", "architecture of memory that does not tell"), architectures.names),
      )
      .addOption(new Option("--root <address>", `physical address in ${rootRegisters}`).argParser(parsePhysical))
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
      .addOption(new Option("--symbols <file>", "the kernel's System.map, in place of the symbols in its memory"))
      .addOption(
        new Option(
          "--vmlinux <file>",
          "the kernel's vmlinux, in place of the symbols and types in its memory",
        ).conflicts("symbols"),
      )
      .addOption(pluginOption("platforms")),
    choiceOptions(),
  );

/** The architectures with a root table for user space. */
const userRoots = architectures.all
  .flatMap(({ name, userRootRegister }) => (userRootRegister === undefined ? [] : `${name}, ${userRootRegister}`))
  .join("; ");

/** The flag of commands that follow addresses of user space. */
export const userRootOption = () =>
  new Command().addOption(
    new Option(
      "--user-root <address>",
      `physical address of user space's root table, where that is another: ${userRoots}`,
    ).argParser(parseHex),
  );

/** The flag of commands that list page tables. */
export const configOption = () =>
  new Command().addOption(
    new Option("--config <file>", "the kernel's configuration, for the headings (LDT, ESPfix, EFI) that depend on it"),
  );

/** Opens an image, and prints what seems wrong with it. */
export async function openNamed(file: string, flags: ImageFlags, streams: Streams): Promise<MemoryImage> {
  const { arch, plugin, root, base, mode, config, symbols, vmlinux, userRoot } = flags;
  const { platforms } = await Extensions.load(plugin);
  const progress = new ProgressLine(streams);
  const image = await openImage(file, {
    platforms,
    cache: new Cache(cacheFolder()),
    onProgress: (done, total) => progress.show(`reads ${file}: ${Math.floor((100 * done) / total)} %`),
    choice: givenOptions(flags),
    ...(arch !== undefined && { arch }),
    ...(root !== undefined && { root: Number(root) }),
    ...(base !== undefined && { base: Number(base) }),
    ...(userRoot !== undefined && { userRoot: Number(userRoot) }),
    ...(config !== undefined && { config: await configOf(config) }),
    ...(vmlinux !== undefined && { vmlinux: kernelFile(vmlinux) }),
    ...(symbols !== undefined && { systemMap: await textOf(symbols) }),
    ...(mode !== undefined && { kasan: mode }),
  }).finally(() => progress.clear());
  for (const warning of image.warnings) streams.err(`kasan: warning: ${warning}\n`);
  return image;
}

/** The kernel's file. Its bytes are read when they are needed; it stays open as long as the command runs. */
function kernelFile(path: string): KernelFile {
  return new KernelFile(openSource(path), path);
}

/** Characters of a file about a kernel at most; a configuration has some 300,000, a System.map some 10,000,000. */
const MOST_TEXT = 2 ** 26;

/** The text of a file, plain or compressed. */
async function textOf(path: string): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of openLog(path)) {
    parts.push(Buffer.from(chunk).toString("latin1"));
    length += chunk.length;
    if (length > MOST_TEXT) break;
  }
  return parts.join("");
}

/** The kernel configuration in a file, plain or compressed as /proc/config.gz. */
async function configOf(path: string): Promise<KernelConfig> {
  const text = await textOf(path);
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
