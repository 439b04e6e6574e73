import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { KasanError } from "@kasan/shadow";
import { snappyCompress } from "hysnappy";
import { expect, test } from "vitest";
import {
  flattenedFile,
  kdumpFile,
  LZO,
  libvirtFile,
  limeFile,
  migrationFile,
  vmwareFiles,
} from "../../../scripts/image-files.ts";
import { armMachine, x86Machine } from "../../../scripts/memory-image.ts";
import { coreBytes } from "./core-writer.ts";
import { openImage } from "./image.ts";
import { inspect } from "./inspect/inspect.ts";
import { inspectText } from "./inspect/text.ts";
import { formatOf, listImage, spellLine } from "./listing/listing.ts";
import { MemorySource } from "./source.ts";

/** Mutated files in all: more with `IMAGE_FUZZ=100000`. */
const MUTATIONS = Number(process.env["IMAGE_FUZZ"] ?? 1500);
/** Bytes that the process may grow by. */
const MOST_MEMORY = 512 * 2 ** 20;

const { contents } = x86Machine(4);
const core = coreBytes(contents);

/** What a tool makes of bytes; `undefined` if it is not there. */
function through(command: string, ...args: string[]): Buffer | undefined {
  try {
    return execFileSync(command, args, { input: core, stdio: ["pipe", "pipe", "ignore"], maxBuffer: 2 ** 26 });
  } catch {
    console.warn(`skipped: files of ${command}, which is not there`);
    return undefined;
  }
}

const FILES: Readonly<Record<string, Uint8Array | undefined>> = {
  elf: core,
  "elf of arm64": coreBytes(armMachine(48).contents),
  kdump: kdumpFile(contents),
  "kdump with lzo": kdumpFile(contents, { codec: LZO }),
  "kdump with snappy": kdumpFile(contents, { codec: { flag: 4, compress: (page) => snappyCompress(page) } }),
  "kdump, split": kdumpFile(contents, { part: [0, 100] }),
  flattened: flattenedFile(kdumpFile(contents)),
  lime: limeFile(contents),
  avml: limeFile(contents, snappyCompress),
  migration: migrationFile(contents),
  libvirt: libvirtFile(migrationFile(contents)),
  vmware: vmwareFiles(contents, true).checkpoint,
  gzip: gzipSync(core),
  zstd: through("zstd", "-c"),
  lz4: through("lz4", "-c"),
  xz: through("xz", "-c"),
};

/** Numbers that are the same in each run (xorshift32). */
class Random {
  constructor(private state: number) {}

  /** From 0 to below `end`. */
  below(end: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % end;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

const WORDS = [0, 1, 0xff, 0x1000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

/** Changes some words and bytes, mostly of the headers, and cuts the file or not. */
function mutated(file: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(file);
  for (let changes = 1 + random.below(6); changes > 0; changes--) {
    const reach = random.of([64, 512, 4096, 16_384, bytes.length]);
    const at = random.below(Math.min(reach, bytes.length - 8));
    const kind = random.below(4);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes[at]! ^= 1 << random.below(8);
    else if (kind === 2) bytes.writeUInt32LE(random.of(WORDS), at - (at % 4));
    else bytes.copy(bytes, at, random.below(bytes.length - 64), random.below(bytes.length));
  }
  return random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Opens a file and looks at some of all that there is. Only errors of ours may come, of one line. */
async function useSome(bytes: Uint8Array, arch: string | undefined): Promise<"opened" | "refused"> {
  try {
    const image = await openImage(new MemorySource(bytes), { ...(arch !== undefined && { arch }) });
    try {
      const format = formatOf(image);
      let lines = 0;
      for (const line of listImage(image)) {
        spellLine(format, line);
        if (++lines > 300) break;
      }
      inspectText(inspect(image, 0xffff888000003000n));
      const page = new Uint8Array(5000);
      for (const { physical, size } of image.memory.segments.slice(0, 4)) {
        image.memory.read(physical + size - 3000, page);
        image.memory.absence(physical + size);
      }
      return "opened";
    } finally {
      image.close();
    }
  } catch (error) {
    if (!(error instanceof KasanError)) throw error;
    expect(error.message.split("\n")).toHaveLength(1);
    return "refused";
  }
}

const files = Object.entries(FILES).filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined);

test.each(files)("%s: whatever is changed in it, it is read or refused", { timeout: 3_600_000 }, async (name, file) => {
  const seed = [...name].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) | 0, 7);
  const random = new Random(seed);
  const before = process.memoryUsage().rss;
  const outcomes = { opened: 0, refused: 0 };
  let most = 0;
  for (let i = 0; i < MUTATIONS / files.length; i++) {
    const bytes = mutated(file, random);
    try {
      outcomes[await useSome(bytes, random.of(["x86_64", undefined]))]++;
    } catch (error) {
      throw new Error(`mutation ${i} of ${name}`, { cause: error });
    }
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  expect([await useSome(file, undefined), await useSome(file, "x86_64")]).toContain("opened");
  expect(outcomes.refused).toBeGreaterThan(0);
  console.info(
    `${name}: ${outcomes.opened} opened, ${outcomes.refused} refused, ${Math.round(most / 2 ** 20)} MiB more`,
  );
  expect(most).toBeLessThan(MOST_MEMORY);
});
