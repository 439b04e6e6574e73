import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseLog } from "@kasan/report";
import { KASAN_STACK_RIGHT, shadowOf } from "@kasan/shadow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareReports } from "../../test/compare-reports.ts";
import { findOut } from "../finding/finding.ts";
import { type MemoryImage, openImage } from "../image.ts";
import { logText } from "../log/log-record.ts";
import { scan } from "../scan/scan.ts";
import { frameOf } from "./frames.ts";
import { areaKind, vmallocAreas } from "./vmalloc.ts";

/** Logs, symbols and memory of real kernels; see the README there. */
const ORACLE = new URL("../../../../../shared/oracle/", import.meta.url).pathname;
const present = existsSync(ORACLE);
if (!present) console.warn(`skipped: comparison with real kernels, for which ${ORACLE} is needed`);

interface Dump {
  readonly folder: string;
  /** Reports whose memory is as it was, and those of them that are reconstructed but for who made the access. */
  readonly reports: readonly [standing: number, equal: number];
  /** Reports whose object is there still; all have the printed object and stacks, but for `written`. */
  readonly objects: number;
  /** Reports whose own access wrote over the metadata that they printed: 8 bytes at 8 of a freed object. */
  readonly written?: number;
}

const DUMPS: readonly Dump[] = [
  { folder: "x86_64-4level-generic", reports: [6, 6], objects: 115 },
  { folder: "x86_64-5level-generic", reports: [22, 21], objects: 122, written: 1 },
  { folder: "x86_64-5level-kaslr-btf", reports: [17, 17], objects: 119 },
  { folder: "arm64-48bit-4k-swtags", reports: [9, 9], objects: 146 },
  { folder: "riscv64-sv39-generic", reports: [11, 11], objects: 108 },
  { folder: "riscv64-sv48-generic", reports: [10, 10], objects: 108 },
  { folder: "riscv64-sv57-generic", reports: [9, 9], objects: 108 },
];

describe.skipIf(!present).each(DUMPS)("the kernel of $folder", ({ folder, reports, objects, written = 0 }) => {
  let image: MemoryImage;
  let log: string;
  beforeAll(async () => {
    image = await openImage(`${ORACLE}${folder}/memory.elf.zst`);
    log = readFileSync(`${ORACLE}${folder}/console.log`, "utf8");
  });
  afterAll(() => image.close());

  test("has a log with the lines of its console", () => {
    const plain = (line: string) => line.replace(/^\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?/, "").trim();
    const printed = new Set(log.split(/\r?\n/).map(plain));
    // A console leaves out what is for debugging (`console_loglevel`).
    const records = image.kernel.log.records.filter(({ level }) => level < 7);
    const lines = Array.from(logText(records), plain);
    expect(lines.length).toBeGreaterThan(2300);
    expect(lines.filter((line) => !printed.has(line))).toEqual([]);
    expect(image.kernel.log.warnings).toEqual([]);
  });

  test("would report again what it reported, where memory stands", () => {
    const found = compareReports(image.kernel, parseLog(log).reports);
    console.info(
      `${folder}: ${found.sameObjects} of ${found.objects} objects, ${found.equal} of ${found.standing} reports`,
    );
    expect([found.standing, found.equal]).toEqual(reports);
    expect([found.objects, found.sameObjects]).toEqual([objects, objects - written]);
  });

  test("has the areas of its /proc/vmallocinfo", () => {
    const [, listed = ""] = /@@@ VI BEGIN([\s\S]*?)@@@ VI END/.exec(log) ?? [];
    const wanted = [
      ...listed.matchAll(/^0x\S+ +(\d+) (\S+\+\S+)(?: pages=(\d+))?(?: phys=0x0*([0-9a-f]+))? ([a-z-]+)/gm),
    ];
    const spelled = vmallocAreas(image.kernel).map((area) => {
      const { symbol, offset, size } = frameOf(image.kernel, area.caller);
      const caller = `${symbol}+0x${offset?.toString(16)}/0x${size?.toString(16)}`;
      return [
        area.size,
        caller,
        area.pages || "",
        area.physical ? area.physical.toString(16) : "",
        areaKind(area),
      ].join();
    });
    const missing = wanted.filter(([, ...fields]) => {
      const at = spelled.indexOf(fields.map((field) => field ?? "").join());
      return at < 0 || spelled.splice(at, 1).length === 0;
    });
    console.info(`${folder}: ${wanted.length - missing.length} of ${wanted.length} areas of vmalloc space`);
    // Between the listing and the dump the shell that printed it ended.
    expect(missing.map(([line]) => line).filter((line) => !/ (kernel_clone|copy_process)\+/.test(line))).toEqual([]);
    expect(missing.length).toBeLessThan(3);
    // Nor has it others, but for the stacks of tasks that were made since.
    expect(spelled.filter((line) => !/,(kernel_clone|copy_process)\+/.test(line))).toEqual([]);
    expect(spelled.length).toBeLessThan(3);
    expect(wanted.length).toBeGreaterThan(20);
  });

  test("has slabs whose shadow is as the allocator leaves it", () => {
    const { oddCount, caches, unknown } = scan(image.kernel);
    expect([oddCount, unknown]).toEqual([0, []]);
    expect(caches.map(({ name }) => name)).toContain("kmalloc-64");
  });
});

describe.skipIf(!present).each(["x86_64-5level-kaslr-btf", "riscv64-sv57-generic"])("the symbols of %s", (folder) => {
  test("are those of its System.map, moved by KASLR", async () => {
    const image = await openImage(`${ORACLE}${folder}/memory.elf.zst`);
    const offset = image.facts!.kernelOffset ?? 0n;
    const found = new Set(Array.from(image.kernel.symbols, ({ name, address }) => `${name} ${address}`));
    const map = gunzipSync(readFileSync(`${ORACLE}${folder}/System.map.gz`)).toString();
    const wanted = [...map.matchAll(/^([0-9a-f]{16}) \S (\S+)$/gm)].map(([, digits, name]) => {
      const address = BigInt(`0x${digits}`);
      return `${name} ${address >= 1n << 63n ? address + offset : address}`;
    });
    const missing = wanted.filter((symbol) => !found.has(symbol));
    console.info(`${folder}: ${wanted.length - missing.length} of ${wanted.length} symbols`);
    // Absolute ones that kallsyms leaves out.
    expect(missing.length).toBeLessThan(6);
    expect(wanted.length).toBeGreaterThan(30_000);
    image.close();
  });
});

describe.skipIf(!present).each(["x86_64-5level-kaslr-btf", "riscv64-sv39-generic"])("the stacks of %s", (folder) => {
  test("have frames, of which a report about another task's says nothing", async () => {
    const image = await openImage(`${ORACLE}${folder}/memory.elf.zst`);
    const { kernel } = image;
    const rightOfFrames = vmallocAreas(kernel).flatMap(({ start, pages }) => {
      const shadow = kernel.attempt(() => kernel.memory.bytes(shadowOf(image.shadow!, start), pages * 512));
      const redzone = shadow?.indexOf(KASAN_STACK_RIGHT) ?? -1;
      return redzone < 0 ? [] : [start + BigInt(redzone * 8)];
    });
    const found = rightOfFrames.map((address) => findOut(kernel, address)).filter(({ stack }) => stack?.frame);
    expect(found.length).toBeGreaterThan(5);
    for (const { stack, report } of found) {
      expect(stack!.frame!.objects.length).toBeGreaterThan(0);
      // `print_address_description` has the frame of the current task's stack only.
      expect(report).toMatch(/BUG: KASAN: stack-out-of-bounds\nRead of size 1 at addr/);
      expect(report).not.toMatch(/belongs to stack of task|frame has/);
    }
    image.close();
  });
});

describe.skipIf(!present)("the kernel that ran tests of vmalloc", () => {
  test("keeps shadow that no area uses", async () => {
    const image = await openImage(`${ORACLE}x86_64-4level-generic-vmalloc-trace/memory.elf.zst`);
    expect(scan(image.kernel).vmalloc).toEqual({ pages: 1350, used: 84, areas: 47 });
    image.close();
  });
});
