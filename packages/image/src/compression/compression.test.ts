import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { ImageError } from "../error.ts";
import { indexer } from "../file-index.ts";
import { MemorySource } from "../source.ts";
import { decompressed } from "./decompress.ts";
import { FramedSource } from "./framed-source.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-compression-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Like memory: zeros, text that repeats, and what cannot be compressed. */
const PLAIN = (() => {
  const bytes = Buffer.alloc(3_000_000);
  for (let i = 0; i < 600_000; i++) bytes[i] = i % 7 === 0 ? i >> 9 : i & 0x3f;
  let state = 1;
  for (let i = 1_900_000; i < 2_100_000; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
})();

/** Runs a tool over bytes. */
const through = (command: string, args: readonly string[], input: Uint8Array) =>
  execFileSync(command, args, { input, maxBuffer: 2 ** 28, stdio: ["pipe", "pipe", "ignore"] });

function has(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`skipped: files of ${command}, which is not there`);
    return false;
  }
}

const parts = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

/** A file of the seekable format: frames, and a table of them in a frame that is skipped. */
function seekable(frames: readonly Uint8Array[], sizes: readonly number[]): Uint8Array {
  const table = Buffer.alloc(8 + frames.length * 8 + 9);
  table.writeUInt32LE(0x184d2a5e, 0);
  table.writeUInt32LE(table.length - 8, 4);
  for (const [i, frame] of frames.entries()) {
    table.writeUInt32LE(frame.length, 8 + i * 8);
    table.writeUInt32LE(sizes[i]!, 12 + i * 8);
  }
  table.writeUInt32LE(frames.length, table.length - 9);
  table.writeUInt32LE(0x8f92eab1, table.length - 4);
  return Buffer.concat([...frames, table]);
}

interface Sample {
  readonly name: string;
  readonly tool: string | undefined;
  readonly make: () => Uint8Array;
  /** Whether it is read without being decompressed as a whole. */
  readonly random: boolean;
  /** Whether it has no checksums, so that damage can go by. */
  readonly unchecked?: boolean;
}

const zstd = (bytes: Uint8Array, ...args: string[]) => through("zstd", ["-c", ...args], bytes);
const frames = (...args: string[]) => parts(PLAIN, 500_000).map((part) => zstdFile(part, args));

/** With the size of what it holds, which `zstd` writes for files alone. */
function zstdFile(bytes: Uint8Array, args: readonly string[]): Uint8Array {
  const file = join(folder, "part");
  writeFileSync(file, bytes);
  return execFileSync("zstd", ["-c", ...args, file], { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 28 });
}

const SAMPLES: readonly Sample[] = [
  { name: "gzip", tool: undefined, make: () => gzipSync(PLAIN), random: false },
  { name: "zstd", tool: "zstd", make: () => zstd(PLAIN), random: false },
  { name: "zstd in frames", tool: "zstd", make: () => Buffer.concat(frames()), random: true },
  {
    name: "zstd in frames of unknown size",
    tool: "zstd",
    make: () => Buffer.concat(parts(PLAIN, 500_000).map((part) => zstd(part))),
    random: false,
  },
  {
    name: "zstd, seekable",
    tool: "zstd",
    make: () =>
      seekable(
        frames("-1"),
        parts(PLAIN, 500_000).map(({ length }) => length),
      ),
    random: true,
  },
  { name: "lz4", tool: "lz4", make: () => through("lz4", ["-c"], PLAIN), random: false },
  {
    name: "lz4, blocks that refer to others",
    tool: "lz4",
    make: () => through("lz4", ["-c", "-BD", "-B4", "-BX"], PLAIN),
    random: false,
  },
  {
    name: "lz4 of kernels",
    tool: "lz4",
    make: () => through("lz4", ["-c", "-l"], PLAIN),
    random: false,
    unchecked: true,
  },
  {
    name: "lz4 in frames",
    tool: "lz4",
    make: () => Buffer.concat(parts(PLAIN, 500_000).map((part) => through("lz4", ["-c", "-9"], part))),
    random: false,
  },
  { name: "xz", tool: "xz", make: () => through("xz", ["-c", "-1"], PLAIN), random: false },
  {
    name: "xz in blocks, with CRC32",
    tool: "xz",
    make: () => through("xz", ["-c", "-1", "--block-size=500000", "-C", "crc32"], PLAIN),
    random: false,
  },
];

async function open(bytes: Uint8Array, name = "sample") {
  const source = new MemorySource(bytes);
  const plain = await decompressed(source, name, indexer(undefined));
  if (plain === source) throw new Error("not recognised");
  return plain;
}

describe.each(SAMPLES)("$name", ({ tool, make, random, unchecked }) => {
  const skip = tool !== undefined && !has(tool);

  test.skipIf(skip)("reads as it was", async () => {
    const source = await open(make());
    expect(source.size).toBe(PLAIN.length);
    expect(source instanceof FramedSource).toBe(random);
    const all = new Uint8Array(PLAIN.length);
    expect(source.read(0, all)).toBe(PLAIN.length);
    expect(Buffer.compare(all, PLAIN)).toBe(0);
    const some = new Uint8Array(700_000);
    expect(source.read(PLAIN.length - 600_000, some)).toBe(600_000);
    expect(Buffer.compare(some.subarray(0, 600_000), PLAIN.subarray(-600_000))).toBe(0);
    expect(source.read(PLAIN.length, some)).toBe(0);
    source.close();
  });

  test.skipIf(skip)("a bit that is wrong, or a cut, is noticed", async () => {
    const good = make();
    const expected = unchecked ? /^(same|other|refused: sample: .*)$/ : /^(same|refused: sample: .*)$/;
    for (let i = 0; i < 16; i++) {
      const bytes = Buffer.from(good);
      const at = 8 + Math.floor(((bytes.length - 8) * i) / 16);
      bytes[at] = bytes[at]! ^ (1 << (i % 8));
      expect(await outcome(i % 2 === 0 ? bytes : good.subarray(0, at))).toMatch(expected);
    }
  });
});

/** What comes of reading all of a damaged file. Only errors of ours may come, of one line. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const source = await open(bytes);
    try {
      const all = new Uint8Array(PLAIN.length);
      const count = source.read(0, all);
      // Bits that mean nothing, as in gzip's header, or a frame that is cut off at its end, and is missing.
      return Buffer.compare(all.subarray(0, count), PLAIN.subarray(0, count)) === 0 ? "same" : "other";
    } finally {
      source.close();
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return `refused: ${error.message}`;
  }
}
