import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snappyCompress } from "hysnappy";
import { afterAll, expect, test } from "vitest";
import { flattenedFile, type KdumpShape, kdumpFile, LZO, ZLIB } from "../../../../../scripts/image-files.ts";
import { armMachine, x86Machine } from "../../../../../scripts/memory-image.ts";
import { openImage } from "../../image.ts";
import { formatOf, listImage, spellLine } from "../../listing/listing.ts";
import { MemorySource } from "../../source.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-kdump-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { contents, space } = x86Machine(4);
const open = (bytes: Uint8Array) => openImage(new MemorySource(bytes), { name: "dump" });
const SNAPPY = { flag: 4, compress: (page: Uint8Array) => snappyCompress(page) };

const SHAPES: Readonly<Record<string, KdumpShape>> = {
  zlib: { codec: ZLIB },
  lzo: { codec: LZO },
  snappy: { codec: SNAPPY },
  plain: { codec: { flag: 0, compress: (page) => page } },
  "version 5": { version: 5 },
  "version 4": { version: 4 },
};

test.each(Object.entries(SHAPES))("%s: has the memory, the notes and the machine", async (_, shape) => {
  for (const bytes of [kdumpFile(contents, shape), flattenedFile(kdumpFile(contents, shape))]) {
    const image = await open(bytes);
    expect(image.warnings).toEqual([]);
    expect(image.machine).toMatchObject({ arch: "x86_64", rootFrom: "CR3 of CPU 0" });
    const all = new Uint8Array(space.memory.size + 10);
    expect(image.memory.read(0, all)).toBe(space.memory.size);
    expect(Buffer.compare(all.subarray(0, -10), space.memory.u8)).toBe(0);
    image.close();
  }
});

test("before version 4 it has no notes, and its tables are searched", async () => {
  for (const version of [1, 2, 3]) {
    const image = await open(kdumpFile(contents, { version }));
    expect(image.machine).toMatchObject({ arch: "x86_64", rootFrom: "search", roots: space.roots });
    image.close();
  }
});

test("pages that were filtered out are said to be, and are not zero", async () => {
  const filtered = (frame: number) => frame === 3 || frame === 200;
  const image = await open(kdumpFile(contents, { filtered, level: 31 }));
  expect(image.memory.byte(0x3000)).toBe(-1);
  expect(image.memory.absence(0x3fff)).toBe(
    "it was filtered out: dump level 31 leaves out zeros, page cache, page cache with private data, user data, free pages",
  );
  expect(image.memory.absence(0x4000)).toBeUndefined();
  expect(image.memory.absence(2 ** 30)).toBe("the machine has no memory there");
  const all = new Uint8Array(space.memory.size);
  expect(image.memory.read(0, all)).toBe(space.memory.size - 2 * 4096);
  image.close();
  // Nothing but zeros was left out.
  const zeros = await open(kdumpFile(contents, { filtered, level: 1 }));
  expect(zeros.memory.byte(0x3000)).toBe(0);
  zeros.close();
});

test("a dump that was not finished, or is cut off, has what it has", async () => {
  const bytes = kdumpFile(contents, { incomplete: true });
  const image = await open(bytes.subarray(0, bytes.length - 20));
  expect(image.warnings).toEqual([
    "dump: the dump was not finished: some pages are missing",
    `dump: the dump is cut off: of at least ${bytes.length} bytes, ${bytes.length - 20} are there`,
  ]);
  expect(image.memory.absence(space.memory.size - 4096)).toBe("the dump is cut off before it");
  expect(image.memory.holds(0)).toBe(true);
  image.close();
});

test("a dump that ends before its last pages do says so", async () => {
  const bytes = kdumpFile(contents);
  const warningsOf = async (file: Buffer) => {
    const image = await open(file);
    image.close();
    return image.warnings;
  };
  expect(await warningsOf(bytes)).toEqual([]);
  const cut = bytes.length - 20;
  expect(await warningsOf(bytes.subarray(0, cut))).toEqual([
    `dump: the dump is cut off: of at least ${bytes.length} bytes, ${cut} are there`,
  ]);
  // What a stream that broke off leaves: descriptors of zeros.
  const unwritten = Buffer.from(bytes);
  unwritten.fill(0, 5 * 4096);
  await expect(warningsOf(unwritten)).rejects.toThrow(/the dump is cut off: where its last pages are was not written/);
});

test("a page whose data is damaged is missing, and the others are there", async () => {
  const bytes = kdumpFile(contents, {});
  // The checksum of the page of zeros, of which each page has a copy of its own.
  bytes[bytes.length - 1]! ^= 1;
  const image = await open(bytes);
  expect(image.memory.absence(space.memory.size - 4096)).toBe("its data in the dump is damaged");
  expect(image.memory.holds(space.memory.size - 8192)).toBe(true);
  image.close();
});

test("the parts of a split dump are found in the folder", async () => {
  const parts = [
    [0, 100],
    [100, 180],
    [180, 256],
  ] as const;
  for (const [i, part] of parts.entries()) writeFileSync(join(folder, `part${i}`), kdumpFile(contents, { part }));
  // A file of another dump, and one that is none.
  writeFileSync(join(folder, "other"), kdumpFile(armMachine(48).contents, { part: [0, 256], machine: "aarch64" }));
  writeFileSync(join(folder, "notes.txt"), "made at night");
  for (const i of parts.keys()) {
    const image = await openImage(join(folder, `part${i}`));
    const all = new Uint8Array(space.memory.size);
    expect(image.memory.read(0, all)).toBe(space.memory.size);
    expect(Buffer.compare(all, space.memory.u8)).toBe(0);
    expect(image.warnings).toEqual([]);
    image.close();
  }
  rmSync(join(folder, "part1"));
  const image = await openImage(join(folder, "part0"));
  expect(image.warnings).toEqual(["the part of this split dump with page frames 0x64 to 0xb3 is not in its folder"]);
  expect(image.memory.absence(0x70000)).toBe("it is in another part of a split dump");
  image.close();
});

test("the machine is the one whose name it has", async () => {
  const machine = armMachine(48);
  const image = await open(kdumpFile(machine.contents, { machine: "aarch64" }));
  expect(image.machine.arch).toBe("arm64");
  const format = formatOf(image);
  expect(Array.from(listImage(image), (line) => spellLine(format, line)).length).toBeGreaterThan(15);
  image.close();
  await expect(open(kdumpFile(contents, { machine: "i686" }))).rejects.toThrow(/a machine called "i686"/);
  const swapped = kdumpFile(contents);
  swapped.writeUInt32BE(6, 8);
  await expect(open(swapped)).rejects.toThrow(/of a big-endian machine/);
});
