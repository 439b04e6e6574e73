import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryImage, openImage } from "../image.ts";
import { logText } from "../log/log-record.ts";
import { scan } from "../scan/scan.ts";
import { tasksOf } from "./tasks.ts";
import { vmallocAreas } from "./vmalloc.ts";

/** Memory and console of a kernel of Debian's, made by `scripts/debian-dump.sh FOLDER`. Without KASAN, with KASLR of text and memory. */
const FOLDER = process.env["KASAN_DEBIAN_DUMP"];
if (FOLDER === undefined) console.warn("skipped: a kernel of Debian's; see scripts/debian-dump.sh");

describe.skipIf(FOLDER === undefined)("a kernel of Debian's", () => {
  let image: MemoryImage;
  let console: string[];
  beforeAll(async () => {
    image = await openImage(join(FOLDER!, "memory.elf"));
    console = readFileSync(join(FOLDER!, "console.log"), "utf8").split(/\r?\n/);
  });
  afterAll(() => image.close());
  const part = (name: string) => {
    const start = console.indexOf(`@@@ ${name} BEGIN`);
    return console.slice(start + 1, console.indexOf("@@@ END", start)).filter((line) => !line.startsWith("["));
  };

  test("has its regions where memory KASLR put them", () => {
    const shown = new Map(part("SYMBOLS").map((line) => [line.split(" ")[2]!, BigInt(`0x${line.split(" ")[0]}`)]));
    expect(shown.size).toBeGreaterThan(5);
    for (const [name, address] of shown) expect([name, image.symbol(name)]).toEqual([name, address]);
    const variable = (name: string) => image.kernel.memory.u64(shown.get(name)!);
    const { pageOffset, vmallocStart, vmemmap } = image.architecture.layout;
    expect([pageOffset, vmallocStart, vmemmap]).toEqual(
      ["page_offset_base", "vmalloc_base", "vmemmap_base"].map(variable),
    );
    expect([image.kasan, image.warnings]).toEqual(["off", []]);
  });

  test("has the areas, tasks and objects that it listed", () => {
    const ranges = part("VMALLOC").flatMap(
      (line) => /^0x([0-9a-f]{16})-0x([0-9a-f]{16}) .* ([\w.]+)\+0x/.exec(line) ?? [],
    );
    const areas = new Set(vmallocAreas(image.kernel).map(({ start, size }) => `${start} ${start + size}`));
    const wanted = ranges
      .filter((_, i) => i % 4 === 0)
      .map((_, i) => `${BigInt(`0x${ranges[i * 4 + 1]}`)} ${BigInt(`0x${ranges[i * 4 + 2]}`)}`);
    expect(wanted.length).toBeGreaterThan(20);
    // A thread of the shell that printed them has come and gone.
    expect(wanted.filter((area) => !areas.has(area)).length).toBeLessThan(4);

    const tasks = new Set(tasksOf(image.kernel).map(({ pid }) => pid));
    const pids = part("TASKS")
      .flatMap((line) => Number(/^ *(\d+) /.exec(line)?.[1] ?? Number.NaN))
      .filter((pid) => pid > 0);
    expect(pids.length).toBeGreaterThan(20);
    expect(pids.filter((pid) => !tasks.has(pid)).length).toBeLessThan(3);

    const caches = new Map(scan(image.kernel).caches.map((cache) => [cache.name, cache]));
    const total = part("SLABS").flatMap((line) => {
      const [, name, , count] = /^(\S+) +(\d+) +(\d+) +\d+ +\d+ +\d+ :/.exec(line) ?? [];
      return name === undefined || Number(count) === 0 ? [] : [[name, Number(count)] as const];
    });
    const near = total.filter(([name, count]) => {
      const objects = caches.get(name)?.objects;
      const found = objects ? Object.values(objects).reduce((sum, one) => sum + one, 0) : 0;
      return Math.abs(found - count) <= Math.max(64, count * 0.1);
    });
    expect(near.length / total.length).toBeGreaterThan(0.9);
  });

  test("has a log with the lines of its console", () => {
    const printed = new Set(console.map((line) => line.trim()));
    const lines = Array.from(logText(image.kernel.log.records.filter(({ level }) => level < 5)), (line) => line.trim());
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => !printed.has(line))).toEqual([]);
  });
});
