import { PhysicalMemory } from "@kasan/mmu";
import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AREA_STATE_BYTES, AreaAllocator } from "./areas.ts";
import { ToyMachine } from "./contract/toy-machine.ts";
import { VmallocError } from "./error.ts";
import { divide, VmallocNodes } from "./nodes.ts";
import { RangePool } from "./range-pool.ts";
import { LazyShadow } from "./schemes/lazy.ts";
import { Vmalloc } from "./vmalloc.ts";

const START = 0xffffc90000000000n;
const MIB = 2n ** 20n;
const RECORDS = 64;

/** vmalloc over `bytes` bytes, as seen by each CPU of a machine. */
function setUp(cpus: number, bytes: bigint) {
  const machine = new ToyMachine();
  const ranges = divide(START, START + bytes - 1n, cpus);
  const nodes = ranges.map(({ start, end }) => {
    const pool = new RangePool(PhysicalMemory.allocate(0, RangePool.bytes(RECORDS)), 0, RECORDS);
    const areas = new AreaAllocator(pool, new Uint32Array(AREA_STATE_BYTES / 4), start, end);
    return new Vmalloc(areas, machine.backend, new LazyShadow(machine.shadow), cpus);
  });
  const views = nodes.map((_, cpu) => new VmallocNodes(nodes, ranges, cpu));
  const first = ranges.map(({ start }) => Number(start >> 12n));
  return { machine, views, first };
}
const request = (pages: number) => ({ size: pages * PAGE_SIZE, gfp: 0, caller: 0 });

test("the ranges of the nodes are the whole range, and no page of shadow lies under two", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.bigInt({ min: 64n * MIB, max: 2n ** 45n }), (nodes, bytes) => {
      const end = START + (bytes / 4096n) * 4096n - 1n;
      const ranges = divide(START + 4096n, end, nodes);
      expect(ranges.length).toBe(nodes);
      expect(ranges[0]?.start).toBe(START + 4096n);
      expect(ranges.at(-1)?.end).toBe(end);
      for (let i = 1; i < nodes; i++) {
        expect(ranges[i]?.start).toBe((ranges[i - 1]?.end ?? 0n) + 1n);
        expect((ranges[i]?.start ?? 1n) % (2n * MIB)).toBe(0n);
      }
    }),
  );
  expect(() => divide(START, START + 4n * MIB - 1n, 3)).toThrow(VmallocError);
});

test("a CPU takes the lowest fit of its own part, and anybody frees it", () => {
  const { machine, views, first } = setUp(3, 60n * MIB);
  const vpns = views.map((vmalloc) => vmalloc.allocate(request(2)));
  expect(vpns).toEqual(first);
  expect(views.map((vmalloc) => vmalloc.map([machine.backend.allocatePage(0)], 0))).toEqual(vpns.map((vpn) => vpn + 3));
  expect([...(views[0]?.list() ?? [])].map(({ vpn }) => vpn)).toEqual(vpns.flatMap((vpn) => [vpn, vpn + 3]));
  expect(views[2]?.find(vpns[1] + 1)?.vpn).toBe(vpns[1]);
  expect(views[0]?.free(vpns[2])).toBe(true);
  expect(views[0]?.free(vpns[2])).toBe(false);
  expect(views[1]?.counts).toEqual({ areas: 5, lazyPages: 3 });
  expect([...(views[1]?.unpurged() ?? [])].map(({ vpn }) => vpn)).toEqual([vpns[2]]);
  expect(views[1]?.isFree(vpns[2], PAGE_SIZE)).toBe(false);
  views[1]?.purge();
  expect(views[1]?.isFree(vpns[2], PAGE_SIZE)).toBe(true);
  expect(views[0]?.allocateAt(vpns[2], request(1))).toBe(true);
});

test("a CPU whose part is full takes from the others', and nothing is lost when all are", () => {
  const { machine, views } = setUp(2, 4n * MIB);
  const taken: number[] = [];
  const next = () => views[1]?.allocate(request(100)) ?? -1;
  for (let vpn = next(); vpn >= 0; vpn = next()) taken.push(vpn);
  // 512 pages fit five areas of 101.
  expect(taken.length).toBe(10);
  expect(new Set(taken).size).toBe(10);
  for (const vpn of taken) expect(views[0]?.free(vpn)).toBe(true);
  views[0]?.purge();
  expect(machine.frames.size).toBe(0);
});
