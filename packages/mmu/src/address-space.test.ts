import { addressOf } from "@kasan/shadow";
import { beforeEach, expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { AddressSpace } from "./address-space.ts";
import { PageFlags } from "./architecture.ts";
import { FramePool } from "./frames.ts";
import { Arena, PhysicalMemory } from "./memory.ts";
import { CPU_TLB_BYTES, TlbKind, Tlbs } from "./tlb.ts";

const { READ, WRITE, EXEC, KERNEL } = PageFlags;
const PAGE = 8192;
const BLOCK = 2 ** 20;
const HIGH = 0xffff_ffff_8000_0000n;
const architecture = toy();
const error = (code: string, text = "") => expect.objectContaining({ code, message: expect.stringContaining(text) });

let memory: PhysicalMemory;
let frames: FramePool;
let tlbs: Tlbs;
let space: AddressSpace;
beforeEach(() => {
  memory = PhysicalMemory.allocate(64 * PAGE, 2 * CPU_TLB_BYTES + 64);
  frames = new FramePool(memory, 0, 8 * PAGE, PAGE);
  tlbs = Tlbs.create(memory, new Arena(memory), 2);
  space = new AddressSpace({ architecture, memory, frames, tlbs });
});

test("what cannot be mapped is refused, with what to do, and leaves nothing behind", () => {
  expect(() => space.map(0x1000n, 0, PAGE, KERNEL)).toThrow(error("MISALIGNED", "8192"));
  expect(() => space.map(0n, 0, 4096, KERNEL)).toThrow(error("MISALIGNED"));
  expect(() => space.map(0n, 4096, PAGE, KERNEL)).toThrow(error("MISALIGNED", "physical"));
  expect(() => space.map(0n, 0, 0, KERNEL)).toThrow(error("RANGE"));
  expect(() => space.map(0x7fff_e000n, 0, 2 * PAGE, KERNEL)).toThrow(error("RANGE", "canonical"));
  expect(() => space.map(1n << 40n, 0, PAGE, KERNEL)).toThrow(error("RANGE"));
  expect(() => space.map(0n, 2 ** 40, PAGE, KERNEL)).toThrow(error("RANGE", "40 bits"));
  expect(() => space.mapPage(1, 0, KERNEL)).toThrow(error("MISALIGNED"));
  expect(() => space.mapPage(0, 1, KERNEL)).toThrow(error("MISALIGNED"));
  expect(() => space.mapPage(2 ** 30, 0, KERNEL)).toThrow(error("RANGE", "not canonical"));
  expect(() => space.mapPage(0, 2 ** 28, KERNEL)).toThrow(error("RANGE"));
  expect(() => space.setTable(2, 0, 0)).toThrow(error("RANGE", "level 2"));
  expect(space.pending.spent).toBe(true);
  expect([...space.ranges()].filter((range) => range.kind === "mapped")).toEqual([]);
});

test("a mapping that meets another undoes itself", () => {
  space.map(HIGH + BigInt(2 * BLOCK), 0, PAGE, KERNEL).ignore("new");
  expect(() => space.map(HIGH, 0, 4 * BLOCK, KERNEL)).toThrow(error("ALREADY_MAPPED", "ffffffff80200000"));
  const mapped = [...space.ranges()].filter((range) => range.kind === "mapped");
  expect(mapped.map((range) => range.start)).toEqual([HIGH + BigInt(2 * BLOCK)]);
  expect(() => space.mapPage(Number(HIGH >> 12n) + 512, 0, KERNEL)).toThrow(error("ALREADY_MAPPED"));
});

test("running out of frames is an error, and undoes the mapping", () => {
  expect(() => space.map(HIGH, 8192, 8 * BLOCK, KERNEL)).toThrow(error("NO_FRAMES", "more RAM"));
  expect([...space.ranges()].every((range) => range.kind !== "mapped")).toBe(true);
  const looking = new AddressSpace({ architecture, memory, roots: space.roots });
  expect(() => looking.mapPage(0, 0, KERNEL)).toThrow(error("NO_FRAMES", "`frames`"));
  expect(() => new AddressSpace({ architecture, memory })).toThrow(error("NO_FRAMES", "LOW"));
  expect(() => new AddressSpace({ architecture, memory, roots: [0] })).toThrow(error("RANGE", "LOW and HIGH"));
});

test("tables outside RAM and reserved bits are errors to change, and data to look at", () => {
  const vpn = Number(HIGH >> 12n);
  space.setTable(0, vpn, 2 ** 30).ignore("new");
  expect(() => space.mapPage(vpn, 0, KERNEL)).toThrow(error("BAD_TABLE", "outside RAM"));
  expect(space.walk(vpn).reason).toBe("bus");
  expect([...space.ranges(HIGH, HIGH)][0]).toMatchObject({ kind: "bus", level: 1 });
  memory.u32[(space.roots[1]! >>> 2) + 1] = 2 ** 31;
  expect(() => space.mapPage(vpn, 0, KERNEL)).toThrow(error("BAD_TABLE", "reserved"));
  expect(space.walk(vpn).reason).toBe("reserved-bit");
  expect([...space.ranges(HIGH, HIGH)][0]).toMatchObject({ kind: "reserved", level: 0 });
});

test("permissions are those of the leaf and of the tables above it", () => {
  const vpn = Number(HIGH >> 12n);
  space.mapPage(vpn, 0, READ | WRITE | EXEC).ignore("new");
  const table = space.clearEntry(0, vpn);
  space.pending.flush();
  space.setTable(0, vpn, table, READ | EXEC).ignore("new");
  expect(space.walk(vpn).flags).toBe(READ | EXEC);
  expect([...space.ranges(HIGH, HIGH)][0]!.flags).toBe(READ | EXEC);
  expect(space.explain(HIGH)).toMatchObject({ flags: READ | EXEC, physical: 0, reason: undefined });
});

test("protect keeps everything but permissions, unless told otherwise", () => {
  const software = 1 << 13;
  space.map(HIGH, 0, 2 * PAGE, KERNEL | software).ignore("new");
  space.protect(HIGH, PAGE, READ | EXEC).flush();
  expect(space.walk(Number(HIGH >> 12n)).flags).toBe((KERNEL & ~WRITE) | EXEC | software);
  space.protect(HIGH, PAGE, 0, PageFlags.GLOBAL).flush();
  expect(space.walk(Number(HIGH >> 12n)).flags).toBe((KERNEL & ~WRITE & ~PageFlags.GLOBAL) | EXEC | software);
});

test("break-before-make: an entry that changes what it maps is shot down first, one that is new is not", () => {
  const vpn = Number(HIGH >> 12n);
  space.mapPage(vpn, 0, KERNEL).ignore("new");
  expect(tlbs.shootdowns).toBe(0);
  tlbs.cpu(1).fill(TlbKind.DATA, vpn, 0, true);
  expect(space.replacePage(vpn, 2, KERNEL)).toBe(0);
  expect(tlbs.cpu(1).lookup(TlbKind.DATA, vpn, false)).toBe(-1);
  expect(tlbs.shootdowns).toBe(1);
  space.pending.flush();
  space.map(HIGH + BigInt(BLOCK), 0, BLOCK, KERNEL).ignore("new");
  expect(tlbs.shootdowns).toBe(1);
  space.split(HIGH + BigInt(BLOCK), PAGE).flush();
  expect(tlbs.shootdowns).toBe(2);
});

test("flushes go to the CPU that runs, or to all", () => {
  const vpn = Number(HIGH >> 12n);
  const fill = () => tlbs.cpus.map((cpu) => cpu.fill(TlbKind.DATA, vpn, 0, true));
  const held = () => tlbs.cpus.map((cpu) => cpu.lookup(TlbKind.DATA, vpn, false) >= 0);
  space.cpu = 1;
  fill();
  space.map(HIGH, 0, PAGE, KERNEL).flush();
  expect(held()).toEqual([true, false]);
  fill();
  expect(space.unmapPage(vpn)).toBe(0);
  space.pending.flushAll();
  expect(held()).toEqual([false, false]);
  fill();
  space.mapPage(vpn, 0, KERNEL).ignore("to see it stay");
  expect(held()).toEqual([true, true]);
  expect(space.pending).toMatchObject({ vpn, pages: 2, stale: false, spent: true, reason: "to see it stay" });
  expect(space.unmapPage(vpn + 2)).toBe(-1);
  expect(space.pending.spent).toBe(true);
});

test("a shared table is one table: listed at once, as what it is, and changed everywhere", () => {
  const vpn = Number(HIGH >> 12n);
  const [bottom, middle] = [frames.allocate(), frames.allocate()];
  for (let i = 0; i < 128; i++) {
    architecture.encodeLeaf(2, 40 * PAGE, PageFlags.KERNEL_RO, space.scratch);
    memory.i32[(bottom >>> 2) + i * 2] = space.scratch.lo;
    memory.i32[(bottom >>> 2) + i * 2 + 1] = space.scratch.hi;
  }
  for (let i = 0; i < 64; i++) {
    architecture.encodeTable(1, bottom, READ | WRITE | EXEC, space.scratch);
    memory.i32[(middle >>> 2) + i * 2] = space.scratch.lo;
    memory.i32[(middle >>> 2) + i * 2 + 1] = space.scratch.hi;
  }
  for (let i = 1; i < 32; i++) space.setTable(0, vpn + i * 2 ** 14, middle).ignore("new");
  const list = () => [...space.ranges(HIGH, 2n ** 64n - 1n)];
  expect(list()).toMatchObject([
    { kind: "unmapped", level: 0, end: HIGH + 0x3ff_ffffn },
    { kind: "mapped", level: 2, backing: "repeated", physical: 40 * PAGE, flags: READ | PageFlags.GLOBAL },
  ]);
  expect(space.lookup(2 ** 52 - 2)).toBe(80);

  expect(space.unmapPage(vpn + 2 ** 14 + 2)).toBe(80);
  space.pending.flushAll();
  expect(space.lookup(vpn + 5 * 2 ** 14 + 2)).toBe(-1);
  const expanded = list();
  expect(expanded.filter((range) => range.kind === "unmapped").length).toBe(1 + 31 * 64);
  expect(expanded.filter((range) => range.kind === "mapped").length).toBe(31 * 64 + 1);
  const aliases = [...space.ranges(HIGH, 2n ** 64n - 1n, { aliases: "refer" })].filter(({ kind }) => kind === "alias");
  expect(aliases.length).toBe(63 + 30);
  expect(aliases[0]!.aliasOf).toBe(HIGH + 0x400_0000n);
});

test("clearEntry takes down what an entry maps, and tells what it pointed to", () => {
  const vpn = Number(HIGH >> 12n);
  space.map(HIGH, 0, BLOCK, KERNEL).ignore("new");
  expect(space.clearEntry(2, vpn)).toBe(-1);
  expect(space.clearEntry(1, vpn + 4)).toBe(0);
  expect(space.pending).toMatchObject({ vpn, pages: 256, spent: false });
  space.pending.flush();
  expect(space.clearEntry(1, vpn)).toBe(-1);
  expect(space.clearEntry(0, vpn)).toBeGreaterThan(0);
  expect(space.pending).toMatchObject({ vpn, pages: 2 ** 14 });
  space.pending.flush();
  expect(space.lookup(vpn)).toBe(-1);
});

test("ranges cut to the byte, and show gaps by level when asked", () => {
  space.map(HIGH, 2 * PAGE, 2 * PAGE, KERNEL).ignore("new");
  const [range, ...rest] = [...space.ranges(HIGH + 5n, HIGH + 20n)];
  expect(rest).toEqual([]);
  expect(range).toMatchObject({
    start: HIGH + 5n,
    end: HIGH + 20n,
    kind: "mapped",
    physical: 2 * PAGE + 5,
    backing: "linear",
  });
  expect([...space.ranges(HIGH, 2n ** 64n - 1n)].map(({ kind, level }) => [kind, level])).toEqual([
    ["mapped", 2],
    ["unmapped", -1],
  ]);
  const byLevel = [...space.ranges(HIGH, 2n ** 64n - 1n, { gapsByLevel: true })];
  expect(byLevel.map(({ kind, level }) => [kind, level])).toEqual([
    ["mapped", 2],
    ["unmapped", 2],
    ["unmapped", 1],
    ["unmapped", 0],
  ]);
  expect([...space.ranges(2n ** 40n, 2n ** 41n)]).toMatchObject([{ kind: "non-canonical", level: -1 }]);
});

test("explain shows each level without leaving marks", () => {
  space.mapPage(Number(HIGH >> 12n), 4, READ | WRITE).ignore("new");
  const { steps, physical } = space.explain(HIGH + 4100n);
  expect(physical).toBe(4 * 4096 + 4100);
  expect(steps.map(({ name, index, shift }) => [name, index, shift])).toEqual([
    ["top", 0, 26],
    ["middle", 0, 20],
    ["bottom", 0, 13],
  ]);
  expect(steps[0]!.table).toBe(space.roots[1]);
  expect(steps.map(({ decoded }) => decoded.kind)).toEqual(["table", "table", "leaf"]);
  expect(space.walk(Number(HIGH >> 12n)).flags).toBe(READ | WRITE);
  expect(space.explain(2n ** 40n)).toMatchObject({ steps: [], reason: "non-canonical", physical: undefined });
  expect(space.explain(addressOf(0, 0))).toMatchObject({ reason: "not-present", steps: [{ entry: 0n }] });
});

test("ranges tell how memory lies behind them", () => {
  const at = (pages: number) => HIGH + BigInt(pages * PAGE);
  for (const [page, frame] of [5, 6, 6, 6, 9, 2, 7].entries())
    space.map(at(page), frame * PAGE, PAGE, KERNEL).ignore("new");
  const backing = (from: number, pages: number) => [...space.ranges(at(from), at(from + pages) - 1n)];
  expect(backing(0, 2)).toMatchObject([{ backing: "linear", physical: 5 * PAGE }]);
  expect(backing(1, 3)).toMatchObject([{ backing: "repeated", physical: 6 * PAGE }]);
  expect(backing(3, 4)).toMatchObject([{ backing: "scattered", physical: 6 * PAGE }]);
  const split = [...space.ranges(at(0), at(7) - 1n, { byPhysical: true })];
  expect(split.map(({ physical }) => physical / PAGE)).toEqual([5, 6, 6, 9, 2, 7]);

  space.map(HIGH + BigInt(BLOCK), BLOCK, BLOCK, KERNEL).ignore("new");
  expect(backing(128 + 3, 2)).toMatchObject([{ backing: "linear", physical: BLOCK + 3 * PAGE, level: 1 }]);
});
