import { expect, test } from "vitest";
import { MmuError } from "./error.ts";
import { regionOf, withHoles } from "./layout.ts";

const used = (name: string, start: bigint, end: bigint) => ({
  name,
  start,
  end,
  description: name,
  kind: "used" as const,
});

test("holes and non-canonical addresses complete a list of regions", () => {
  const spans = [
    { start: 0, end: 15, root: 0 },
    { start: 32, end: 47, root: 0 },
  ];
  const regions = withHoles([used("a", 0n, 0xfffn), used("b", 0x4000n, 0x7fffn), used("c", 0x28000n, 0x2ffffn)], spans);
  expect(regions.map(({ name, start, end }) => `${start.toString(16)}-${end.toString(16)} ${name}`)).toEqual([
    "0-fff a",
    "1000-3fff hole",
    "4000-7fff b",
    "8000-ffff hole",
    "10000-1ffff non-canonical",
    "20000-27fff hole",
    "28000-2ffff c",
    "30000-ffffffffffffffff non-canonical",
  ]);
  expect(regionOf(regions, 0x4000n).name).toBe("b");
  expect(regionOf(regions, 0x3fffn).name).toBe("hole");
  expect(regionOf(regions, 2n ** 64n - 1n).name).toBe("non-canonical");
  expect(() => regionOf(regions.slice(1), 0n)).toThrow(MmuError);
  expect(() => regionOf([], 0n)).toThrow(MmuError);
});

test("a region may lie across spans that touch", () => {
  const spans = [
    { start: 0, end: 15, root: 0 },
    { start: 16, end: 31, root: 1 },
  ];
  const regions = withHoles([used("a", 0x8000n, 0x17fffn)], spans);
  expect(regions.map(({ name, start }) => `${start.toString(16)} ${name}`)).toEqual([
    "0 hole",
    "8000 a",
    "18000 hole",
    "20000 non-canonical",
  ]);
});
