import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snappyCompress } from "hysnappy";
import { afterAll, expect, test } from "vitest";
import { flattenedFile, kdumpFile, libvirtFile, limeFile, migrationFile } from "../../../scripts/image-files.ts";
import { x86Machine } from "../../../scripts/memory-image.ts";
import { type FileIndex, type ImageCache, indexer } from "./file-index.ts";
import { isFlattened, unflattened } from "./formats/flattened.ts";
import { headOf, type Opening } from "./formats/format.ts";
import { formats } from "./formats/index.ts";
import { host } from "./host/node.ts";
import { ImageMemory } from "./memory.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-index-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "dump");

/** A cache in memory. */
class Entries implements ImageCache {
  readonly entries = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.entries.get(key);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    expect(key).toMatch(/^[\w.-]{1,200}$/);
    this.entries.set(key, bytes);
  }
}

const INDEX: FileIndex = { note: "what it is: ü", arrays: [new Float64Array(0), Float64Array.of(1, 2 ** 52, -1)] };

test("an index is made once, and again when the file changed", async () => {
  const cache = new Entries();
  let made = 0;
  const look = async () => {
    const source = host.open(file);
    const index = await indexer(cache, 0)(source, "test", () => {
      made++;
      return INDEX;
    });
    source.close();
    expect(index).toEqual(INDEX);
  };
  writeFileSync(file, "a dump");
  await look();
  await look();
  expect(made).toBe(1);
  appendFileSync(file, ", longer");
  await look();
  expect(made).toBe(2);
  utimesSync(file, 1, 1);
  await look();
  expect(made).toBe(3);
  // What is damaged is made anew.
  for (const [key, bytes] of cache.entries) cache.entries.set(key, bytes.subarray(0, bytes.length - 8));
  await look();
  expect(made).toBe(4);
});

test("what is made at once is not kept", async () => {
  const cache = new Entries();
  writeFileSync(file, "a dump");
  const source = host.open(file);
  await indexer(cache, Number.POSITIVE_INFINITY)(source, "test", () => INDEX);
  expect(cache.entries.size).toBe(0);
  source.close();
});

const { contents, space } = x86Machine(4);
const FILES = {
  avml: limeFile(contents, snappyCompress),
  migration: migrationFile(contents),
  libvirt: libvirtFile(migrationFile(contents)),
  flattened: flattenedFile(kdumpFile(contents)),
};

test.each(Object.entries(FILES))("%s reads alike from an index that was kept", async (_, bytes) => {
  const cache = new Entries();
  writeFileSync(file, bytes);
  for (const round of [1, 2]) {
    const indexed = indexer(cache, round === 1 ? 0 : Number.POSITIVE_INFINITY);
    let source = host.open(file);
    if (isFlattened(headOf(source))) source = await unflattened(source, file, indexed);
    const format = formats.find((one) => one.recognises(headOf(source)))!;
    const opening: Opening = { source, path: file, base: 0, indexed, neighbours: () => [], neighbour: () => undefined };
    const { memory, warnings } = await format.open(opening);
    const all = new Uint8Array(space.memory.size);
    expect(new ImageMemory(memory).read(0, all)).toBe(all.length);
    expect(Buffer.compare(all, space.memory.u8)).toBe(0);
    expect(warnings).toEqual([]);
    expect(cache.entries.size).toBe(1);
    memory.close();
  }
});
