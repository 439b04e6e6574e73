import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PageFlags } from "@kasan/mmu";
import { KasanError } from "@kasan/shadow";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { armMachine, x86Machine } from "../../../scripts/memory-image.ts";
import { writeCore } from "./core-writer.ts";
import { mapHtml } from "./html/map.ts";
import { type ImageOptions, openImage } from "./image.ts";
import { inspect } from "./inspect/inspect.ts";
import { inspectText } from "./inspect/text.ts";
import { aliasesOf } from "./listing/aliases.ts";
import { filterImage } from "./listing/filter.ts";
import { MOST_LINES } from "./listing/lines.ts";
import { formatOf, listImage, spellLine } from "./listing/listing.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-image-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "hostile.elf");
const CORES = [x86Machine(4), x86Machine(5), armMachine(48), armMachine(39, false)].map(({ contents }, i) => {
  const path = join(folder, `${i}.elf`);
  writeCore(path, contents);
  return readFileSync(path);
});

/** Does all that can be done with an image, as far as a listing of a few thousand lines. Only errors of ours may come. */
async function useAll(path: string, options: ImageOptions = {}): Promise<string> {
  let image: Awaited<ReturnType<typeof openImage>>;
  try {
    image = await openImage(path, options);
  } catch (error) {
    if (!(error instanceof KasanError)) throw error;
    expect(error.message.split("\n")).toHaveLength(1);
    return error.message;
  }
  try {
    const format = formatOf(image);
    let lines = 0;
    for (const line of listImage(image)) {
      expect(spellLine(format, line)).toMatch(/^(0x[0-9a-f]{16}-|---\[)/);
      if (++lines > 3000) break;
    }
    for (const address of [0n, 0xffff888000003000n, 0xffff000000003000n, 2n ** 64n - 1n])
      inspectText(inspect(image, address));
    let aliases = 0;
    for (const _ of aliasesOf(image, 0x3000)) if (++aliases > 1000) break;
    return image.warnings.join("\n");
  } finally {
    image.close();
  }
}

const change = fc.oneof(
  // A word of the headers, of the notes, or of a page table.
  fc.record({ at: fc.integer({ min: 0, max: 0x2000 / 4 }), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({
    at: fc.integer({ min: 0x40000 / 4, max: 0x80000 / 4 }),
    value: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  }),
  // A page-table entry that points to the tables, itself among them.
  fc.record({
    at: fc.integer({ min: 0x40000 / 8, max: 0x60000 / 8 }).map((entry) => entry * 2),
    value: fc.integer({ min: 0x40, max: 0x80 }).map((page) => page * 4096 + 0x67),
  }),
  fc.record({
    at: fc.constantFrom(8, 9, 13, 14, 16, 18, 20, 22, 24, 26, 30, 32, 36, 38, 40),
    value: fc.constantFrom(0, 1, 4, 0xffff, 2 ** 31, 2 ** 32 - 1),
  }),
);

test("damaged cores give an error of one line, or what could be read", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CORES),
      fc.array(change, { maxLength: 8 }),
      fc.option(fc.integer({ min: 0, max: 0x110000 })),
      async (core, changes, length) => {
        const bytes = Buffer.from(core.subarray(0, length ?? core.length));
        for (const { at, value } of changes) if (at * 4 + 4 <= bytes.length) bytes.writeUInt32LE(value, at * 4);
        writeFileSync(file, bytes);
        await useAll(file);
      },
    ),
    { numRuns: 150 },
  );
});

test("any bytes as raw memory", { timeout: 120_000 }, async () => {
  const arch = fc.constantFrom("x86-64" as const, "arm64" as const);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 20_000 }),
      arch,
      fc.option(fc.integer({ min: 0, max: 30_000 })),
      async (bytes, arch, root) => {
        writeFileSync(file, bytes);
        await useAll(file, { arch, ...(root !== null && { root }) });
      },
    ),
    { numRuns: 100 },
  );
});

/** Changes program header `index` (0 is that of the notes) of the x86-64 core. */
function withHeader(index: number, field: number, value: bigint): string {
  const bytes = Buffer.from(CORES[0]!);
  bytes.writeBigUInt64LE(value, 64 + index * 56 + field);
  writeFileSync(file, bytes);
  return file;
}
const OFFSET = 8;
const PHYSICAL = 24;
const FILE_SIZE = 32;

test("what is wrong with program headers is said", async () => {
  expect(await useAll(withHeader(2, FILE_SIZE, 2n ** 64n - 1n))).toMatch(
    /^memory at physical 0x80000: 0x10+ bytes are said to be there, 0x80000 are$/,
  );
  expect(await useAll(withHeader(2, PHYSICAL, 0x40000n))).toMatch(/memory at physical 0x40000 is there twice/);
  expect(await useAll(withHeader(2, PHYSICAL, 2n ** 60n))).toMatch(/no physical address has more than 52 bits/);
  expect(await useAll(withHeader(2, OFFSET, 2n ** 63n))).toMatch(/0x80000 bytes are said to be there, 0x0 are/);
  expect(await useAll(withHeader(0, FILE_SIZE, 2n ** 62n))).toMatch(/^notes: /);
  writeFileSync(file, CORES[0]!);
  truncateSync(file, 100);
  expect(await useAll(file)).toMatch(/no memory in it/);
  truncateSync(file, 20);
  expect(await useAll(file)).toMatch(/its ELF header is cut off/);
  truncateSync(file, 0);
  expect(await useAll(file)).toMatch(/is empty/);
});

test("files that are no images", async () => {
  const machine = Buffer.from(CORES[0]!);
  machine.writeUInt16LE(8, 18);
  writeFileSync(file, machine);
  expect(await useAll(file)).toMatch(/a core of ELF machine 8; known are x86_64/);
  machine.writeUInt16LE(2, 16);
  writeFileSync(file, machine);
  expect(await useAll(file)).toMatch(/an ELF file, but no core/);
  writeFileSync(file, CORES[2]!);
  expect(await useAll(file, { arch: "x86_64" })).toMatch(/memory of arm64, not of x86_64/);
  writeFileSync(file, "hello");
  expect(await useAll(file)).toMatch(/does not say which machine it is of: give --arch/);
  expect(await useAll(folder)).toMatch(/is a folder/);
  expect(await useAll(join(folder, "absent"))).toMatch(/no such file/);
  writeFileSync(file, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 2, 3]));
  expect(await useAll(file)).toMatch(/window needs too much memory/);
  writeFileSync(file, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x10, 1, 2, 3, 4]));
  expect(await useAll(file)).toMatch(/cannot be read/);
  writeFileSync(file, Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]));
  expect(await useAll(file)).toMatch(/cannot be read/);
});

test("tables that point to themselves end, each listed once", async () => {
  const { contents, space } = x86Machine(4);
  const { memory } = space;
  const root = space.roots[0]!;
  for (let entry = 0; entry < 500; entry += 2) {
    memory.i32[root / 4 + entry * 2] = root | 0x67;
    memory.i32[root / 4 + entry * 2 + 1] = 0;
  }
  writeCore(file, contents);
  const image = await openImage(file);
  const lines = [...listImage(image)];
  expect(lines.length).toBeLessThan(10_000);
  expect(lines.filter((line) => line.kind === "range" && line.state === "alias").length).toBeGreaterThan(200);
  image.close();
});

test("tables that are all different end where a listing grows too long, and say so", async () => {
  const { contents, space } = x86Machine(4);
  const { memory } = space;
  const root = space.roots[0]!;
  // Each page is a table whose entries lead to other pages, in an order that none shares with another.
  for (let page = 0; page < memory.size / 4096; page++) {
    for (let entry = 0; page * 4096 !== root && entry < 512; entry++) {
      memory.i32[page * 1024 + entry * 2] = (((page * 7 + entry * 13) % 256) << 12) | (entry % 2 ? 0x67 : 0x63);
      memory.i32[page * 1024 + entry * 2 + 1] = 0;
    }
  }
  for (let entry = 0; entry < 250; entry++) memory.i32[root / 4 + entry * 2] = (entry << 12) | 0x67;
  writeCore(file, contents);
  const image = await openImage(file, { root });
  const format = formatOf(image);
  const lines = [...listImage(image)];
  expect(lines.length).toBeLessThan(MOST_LINES + 100);
  expect(spellLine(format, lines.at(-1)!)).toMatch(
    / not listed: more than 100000 lines; list a part of the addresses$/,
  );
  const filtered = [...filterImage(image, { permissions: PageFlags.EXEC })];
  expect(filtered.at(-1)!.state).toBe("unlisted");
  const page = mapHtml(image, filterImage(image), "hostile");
  expect(page.length).toBeLessThan(2 ** 24);
  expect(page).toContain("not listed: more than");
  image.close();
});

test("notes of zeros, and many headers of one note, are read once", async () => {
  const headers = 200;
  const size = 16 * 2 ** 20;
  const start = 64 + (headers + 1) * 56;
  const bytes = Buffer.alloc(start + size + 4096);
  CORES[0]!.copy(bytes, 0, 0, 64);
  bytes.writeUInt16LE(headers + 1, 56);
  for (let i = 0; i <= headers; i++) {
    const at = 64 + i * 56;
    bytes.writeUInt32LE(i === 0 ? 1 : 4, at);
    bytes.writeBigUInt64LE(BigInt(i === 0 ? start + size : start), at + OFFSET);
    bytes.writeBigUInt64LE(BigInt(i === 0 ? 4096 : size), at + FILE_SIZE);
  }
  // A note of 16 MB, then zeros throughout.
  for (const note of [size - 12, 0]) {
    bytes.writeUInt32LE(note, start + 4);
    writeFileSync(file, bytes);
    const before = process.memoryUsage().rss;
    expect(await useAll(file)).toMatch(/no page tables/);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  }
});

test.skipIf(process.platform === "win32")("a pipe is refused, also if nobody writes to it", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await useAll(pipe)).toMatch(/is not a file, but an image is read here and there/);
  expect(await useAll("/dev/null")).toMatch(/is not a file/);
});

test("memory stays small, however large the file says that memory is", async () => {
  const { contents } = x86Machine(4);
  writeCore(file, contents);
  truncateSync(file, 2 ** 36);
  const bytes = readFileSync(join(folder, "0.elf")).subarray(0, 64 + 3 * 56);
  bytes.writeBigUInt64LE(BigInt(2 ** 36 - 2 ** 21), 64 + 2 * 56 + FILE_SIZE);
  const fs = await import("node:fs");
  const fd = fs.openSync(file, "r+");
  fs.writeSync(fd, bytes, 0, bytes.length, 0);
  fs.closeSync(fd);
  const before = process.memoryUsage().rss;
  const image = await openImage(file, { root: Number(contents.cpus[0]!.cr3) });
  expect([...listImage(image)].length).toBeGreaterThan(10);
  expect(image.memory.size).toBeGreaterThan(2 ** 35);
  image.close();
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
});

test("a core whose header names another architecture than its notes, and a root that is not there, are refused", async () => {
  const [x86, , arm] = CORES;
  for (const [core, machine, message] of [
    [x86!, 183, /header says arm64, but its notes are of CPUs of x86_64/],
    [arm!, 62, /header says x86_64, but its notes are of CPUs of arm64/],
  ] as const) {
    const bytes = Buffer.from(core);
    bytes.writeUInt16LE(machine, 18);
    writeFileSync(file, bytes);
    expect(await useAll(file)).toMatch(message);
  }
  writeFileSync(file, x86!);
  expect(await useAll(file, { root: 0xfffffffff000 })).toMatch(
    /the root, physical 0xfffffffff000, is not in the memory/,
  );
});
