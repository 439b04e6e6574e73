import { regionOf } from "@kasan/mmu";
import { formatAddress, type KasanMode } from "@kasan/shadow";
import { expect, test } from "vitest";
import type { Arm64Options } from "./options.ts";
import { arm64 } from "./paging.ts";

/** Every combination that arch/arm64/Kconfig allows, with its KASAN_SHADOW_OFFSET in generic and software-tags mode. */
const CONFIGURATIONS: [
  pageSize: NonNullable<Arm64Options["pageSize"]>,
  vaBits: number,
  generic: bigint,
  tags: bigint,
][] = [
  [4096, 39, 0xdfffffc000000000n, 0xefffffc000000000n],
  [4096, 48, 0xdfff800000000000n, 0xefff800000000000n],
  [4096, 52, 0xdfff800000000000n, 0xefff800000000000n],
  [16384, 36, 0xdffffff800000000n, 0xeffffff800000000n],
  [16384, 47, 0xdfffc00000000000n, 0xefffc00000000000n],
  [16384, 48, 0xdfff800000000000n, 0xefff800000000000n],
  [16384, 52, 0xdfffc00000000000n, 0xefffc00000000000n],
  [65536, 42, 0xdffffe0000000000n, 0xeffffe0000000000n],
  [65536, 48, 0xdfff800000000000n, 0xefff800000000000n],
  [65536, 52, 0xdfff800000000000n, 0xefff800000000000n],
];

test.each(CONFIGURATIONS)("shadow offsets are Kconfig's: %i-byte pages, %i bits", (pageSize, vaBits, generic, tags) => {
  const layout = (kasan: KasanMode) => arm64({ pageSize, vaBits, kasan }).layout;
  expect(formatAddress(layout("generic").shadowOffset)).toBe(formatAddress(generic));
  expect(formatAddress(layout("sw_tags").shadowOffset)).toBe(formatAddress(tags));
  for (const mode of ["generic", "sw_tags"] as const) {
    const { shadowOffset, shadowStart, shadowEnd, shadowScaleShift, pageOffset } = layout(mode);
    const shadow = (address: bigint) => BigInt.asUintN(64, (address >> BigInt(shadowScaleShift)) + shadowOffset);
    expect(shadow(pageOffset)).toBe(shadowStart);
    expect(shadow(2n ** 64n - 1n)).toBe(shadowEnd);
  }
  const { shadowOffset, shadowStart, shadowEnd, directMapEnd, moduleStart } = layout("hw_tags");
  expect([shadowOffset, shadowEnd - shadowStart, directMapEnd + 1n]).toEqual([2n ** 64n - 1n, -1n, moduleStart]);
});

test("a 52-bit kernel on 48-bit hardware keeps all but the linear map and the start of the shadow", () => {
  const wide = arm64({ vaBits: 52 }).layout;
  const narrow = arm64({ vaBits: 52, actualVaBits: 48 }).layout;
  expect(formatAddress(narrow.pageOffset)).toBe("ffff000000000000");
  expect(formatAddress(wide.pageOffset)).toBe("fff0000000000000");
  for (const key of ["shadowEnd", "shadowOffset", "moduleStart", "kernelText"] as const) {
    expect(narrow[key]).toBe(wide[key]);
  }
  expect(narrow.vmemmap).toBeGreaterThan(wide.vmemmap);
});

test("regions are those of memory.rst", () => {
  const regions = (options: Arm64Options) =>
    arm64(options)
      .regions.filter(({ kind }) => kind === "used")
      .map(({ name, start, end }) => `${formatAddress(start)} ${formatAddress(end)} ${name}`);
  // The shadow and the fixmap start are those of a real kernel's listing.
  expect(regions({ kasan: "sw_tags" })).toEqual([
    "0000000000000000 0000ffffffffffff user space",
    "ffff000000000000 ffff6fffffffffff linear map",
    "ffff700000000000 ffff7fffffffffff KASAN shadow",
    "ffff800000000000 ffff80007fffffff modules",
    "ffff800080000000 fffffdffbf7fffff vmalloc",
    "fffffdffc0000000 ffffffffbfffffff vmemmap",
    "ffffffffc0800000 ffffffffc17fffff PCI I/O",
    "ffffffffff42f000 ffffffffff7fffff fixmap",
  ]);
  expect(regions({ kasan: "off" }).join()).not.toMatch(/shadow/);
  const name = (address: bigint) => regionOf(arm64({}).regions, address).name;
  expect(name(0x0001000000000000n)).toBe("non-canonical");
  expect(name(0xffffffffffffffffn)).toBe("hole");
});
