import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { x86_64, x86_64Plugin } from "@kasan/arch-x86";
import { AddressSpace, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { armMachine, x86Machine } from "../../../scripts/memory-image.ts";
import { writeCore } from "./core-writer.ts";
import { inspectHtml } from "./html/inspection.ts";
import { mapHtml } from "./html/map.ts";
import { openImage } from "./image.ts";
import { inspect } from "./inspect/inspect.ts";
import { inspectJson } from "./inspect/json.ts";
import { inspectText } from "./inspect/text.ts";
import { aliasesOf } from "./listing/aliases.ts";
import { filterImage } from "./listing/filter.ts";
import { formatOf, listImage, spellLine } from "./listing/listing.ts";

const schemaFile = new URL("../../../apps/cli/schema/inspect.schema.json", import.meta.url);
const inspectSchema = JSON.parse(readFileSync(schemaFile, "utf8"));

const folder = mkdtempSync(join(tmpdir(), "kasan-image-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const MACHINES = {
  "x86-64 with 4 levels": () => x86Machine(4),
  "x86-64 with 5 levels": () => x86Machine(5),
  "arm64 with 48 bits": () => armMachine(48),
  "arm64 with 39 bits": () => armMachine(39),
} as const;

describe.each(Object.entries(MACHINES))("a core of %s", (name, make) => {
  const machine = make();
  const file = path(`${name}.elf`);
  writeCore(file, machine.contents);

  test("reads as it was written", async () => {
    const image = await openImage(file);
    const { memory } = machine.space;
    const { ranges } = machine.contents;
    expect(image.warnings).toEqual([]);
    expect(image.memory.segments.map(({ physical, size }) => [physical, size])).toEqual(
      ranges.map(({ physical, bytes }) => [physical, bytes.length]),
    );
    const bytes = new Uint8Array(memory.size + 10);
    expect(image.memory.read(ranges[0]!.physical - 5, bytes)).toBe(memory.size);
    expect(Buffer.compare(bytes.subarray(5, -5), memory.u8)).toBe(0);
    expect(image.machine).toMatchObject({ arch: machine.arch });
    const base = ranges[0]!.physical;
    expect(image.roots.at(-1)).toBe(machine.space.roots.at(-1)! + base);
    const { layout } = image.architecture;
    for (const address of [layout.pageOffset + 0x1234n, layout.kernelText + 0x5000n, layout.vmallocStart + 0x100000n]) {
      const expected = machine.space.lookup(Number(address >> 12n));
      const physical = expected < 0 ? -1 : expected * 4096 + base + Number(address & 0xfffn);
      expect(image.translate(address)).toBe(physical);
    }
    image.close();
  });

  test("reads alike compressed, and leaves nothing behind", async () => {
    const list = async (name: string) => {
      const image = await openImage(name);
      const format = formatOf(image);
      const lines = Array.from(listImage(image), (line) => spellLine(format, line));
      image.close();
      return lines;
    };
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("kasan-image-") && !name.includes("test"));
    writeFileSync(path("core.gz"), gzipSync(readFileSync(file)));
    const plain = await list(file);
    expect(await list(path("core.gz"))).toEqual(plain);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("kasan-image-") && !name.includes("test"));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
    expect(plain.length).toBeGreaterThan(15);
    expect(plain.length).toBeLessThan(80);
  });

  test("its tables are found by search too", async () => {
    const bare = path(`${name}.raw`);
    writeFileSync(bare, machine.space.memory.u8);
    const { ranges } = machine.contents;
    const { arch } = machine;
    const image = await openImage(bare, { arch, base: ranges[0]!.physical });
    expect(image.machine.rootFrom).toBe("search");
    expect(image.roots.at(-1)).toBe(machine.space.roots.at(-1)! + ranges[0]!.physical);
    expect(image.architecture.levels.length).toBe(machine.space.architecture.levels.length);
    expect(image.machine.kasan).toBe(arch === "arm64" ? "sw_tags" : "generic");
    image.close();
    const given = await openImage(bare, { arch, base: ranges[0]!.physical, root: image.roots.at(-1)! });
    expect(given.translate(machine.object)).toBeGreaterThan(0);
    given.close();
  });

  test("inspect follows an address to its shadow", async () => {
    const image = await openImage(file);
    const granule = image.shadow!.granule;
    const ok = inspect(image, machine.object, { size: granule * 2 });
    const tag = 0xf1n << 56n;
    const tagged = image.machine.kasan === "sw_tags";
    const pointer = tagged ? BigInt.asUintN(56, machine.object) | tag : machine.object;
    expect(ok).toMatchObject({ present: true, permissions: { read: true, write: true, execute: false, user: false } });
    expect(ok.levels.map(({ name }) => name)).toEqual(
      image.architecture.levels.map(({ name }) => name).slice(0, ok.levels.length),
    );
    expect(inspect(image, pointer, { size: granule * 2 }).verdict.kind).toBe("allowed");
    const bad = inspect(image, pointer, { size: granule * 2 + 1 });
    expect(bad.verdict).toMatchObject({ kind: "reported", bug: tagged ? "invalid-access" : "slab-use-after-free" });
    expect(bad.shadow!.bytes).toEqual(tagged ? [0xf1, 0xf1, 0xfe] : [0, 0, 0xfb]);
    expect(bad.shadow!.rows).toHaveLength(16);
    const text = inspectText(bad);
    expect(text).toContain(`>${ok.shadow!.rows[8]!.address.toString(16)}: ${tagged ? "f1 f1 fe" : "00 00 fb"}`);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(inspectSchema);
    for (const address of [pointer, 0n, 0x800000000000n, image.shadow!.offset, 2n ** 64n - 1n]) {
      expect(
        validate({ version: 1, addresses: [inspectJson(inspect(image, address))] }),
        JSON.stringify(validate.errors),
      ).toBe(true);
    }
    expect(inspectHtml(image, [bad], "<x>")).toContain("&lt;x&gt;");
    image.close();
  });

  test("filters and aliases", async () => {
    const image = await openImage(file);
    const all = [...filterImage(image)];
    const executable = [...filterImage(image, { permissions: 4 })];
    expect(executable.length).toBeGreaterThan(0);
    for (const { flags, start } of executable) {
      expect(flags & 4).toBe(4);
      expect(start).toBe(image.architecture.layout.kernelText);
    }
    const shadow = [...filterImage(image, { region: "kasan shadow" })];
    expect(shadow.every(({ region }) => region === "KASAN shadow")).toBe(true);
    expect(shadow.some(({ state }) => state === "mapped")).toBe(true);
    const pages = [...filterImage(image, { pageSize: 4096 })];
    expect(pages).toEqual(all.filter(({ pageBytes }) => pageBytes === 4096));
    expect(() => [...filterImage(image, { region: "nowhere" })]).toThrow(/no region "nowhere".*vmalloc/);
    expect(() => [...filterImage(image, { pageSize: 12 })]).toThrow(/no pages of 12 bytes/);

    const physical = image.translate(image.architecture.layout.kernelText + 0x1004n);
    expect([...aliasesOf(image, physical)].map(({ address }) => address).sort()).toEqual(
      [
        image.architecture.layout.kernelText + 0x1004n,
        image.architecture.layout.pageOffset + BigInt(physical - machine.contents.ranges[0]!.physical),
      ].sort(),
    );
    const early = physical - (physical % 4096) - 0x11000 + 2 ** 20 - 4096;
    const many = [...aliasesOf(image, early)].filter(({ count }) => count > 1n);
    expect(many.map(({ count, stride }) => count * stride)).toEqual([
      1n << BigInt(image.architecture.levels[0]!.shift),
    ]);
    expect(mapHtml(image, filterImage(image), "map")).toMatch(/<h2 id="part-\d">KASAN shadow<\/h2>/);
    image.close();
  });
});

test("regions that KASLR moved are named where they are", async () => {
  const memory = PhysicalMemory.allocate(2 ** 18);
  const frames = new FramePool(memory, 2 ** 16, 2 ** 17);
  const space = new AddressSpace({ architecture: x86_64({ levels: 4 }), memory, frames });
  const pageOffset = 0xffff9a8740000000n;
  space.map(pageOffset, 0, memory.size, PageFlags.KERNEL).ignore("boot");
  const registers = { cr3: BigInt(space.roots[0]!), cr4: 0x20n };
  const vmcoreInfo = [
    "OSRELEASE=6.12.0",
    "NUMBER(VMALLOC_START)=0xffffb1c000000000",
    "SYMBOL(vmemmap)=ffffec8c80000000",
  ];
  const file = path("kaslr.elf");
  const { core: format } = x86_64Plugin;
  writeCore(file, { format: format!, ranges: [{ physical: 0, bytes: memory.u8 }], cpus: [registers], vmcoreInfo });
  const image = await openImage(file);
  const name = (address: bigint) => inspect(image, address).region.name;
  expect(image.machine.kasan).toBe("off");
  expect(image.architecture.layout.pageOffset).toBe(pageOffset);
  expect(name(pageOffset + 0x5000n)).toBe("direct map");
  expect(name(0xffffb1c000000000n)).toBe("vmalloc");
  expect(name(0xffffec8c80000000n)).toBe("vmemmap");
  expect(Array.from(listImage(image)).flatMap((line) => (line.kind === "marker" ? [line.name] : []))).not.toContain(
    "KASAN shadow",
  );
  image.close();
});

test("gdb and readelf read a core", ({ skip }) => {
  const file = path("tools.elf");
  writeCore(file, x86Machine().contents);
  const run = (command: string, ...args: string[]) => {
    try {
      return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return skip(`needs ${command}`);
      throw error;
    }
  };
  const headers = run("readelf", "-hlnW", file);
  expect(headers).toMatch(/Type: +CORE/);
  expect(headers).toMatch(/NT_PRSTATUS.*NT_PRSTATUS.*QEMU +0x000001b8/s);
  expect(run("gdb", "-q", "-batch", "-ex", "info registers rip", "-c", file)).toContain("0xffffffff81000042");
});

test("memory that overlaps is not written, and no file is left", () => {
  const bytes = new Uint8Array(4096);
  const contents = {
    format: x86_64Plugin.core!,
    cpus: [],
    ranges: [
      { physical: 0, bytes },
      { physical: 100, bytes },
    ],
  } as const;
  expect(() => writeCore(path("none.elf"), contents)).toThrow(expect.objectContaining({ code: "CORE_RANGES" }));
  expect(readdirSync(folder).some((name) => name.startsWith("none"))).toBe(false);
});
