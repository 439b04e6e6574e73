import { MemoryType } from "@kasan/mmu";
import { architectureContract } from "@kasan/mmu/contract";
import { describe, test } from "vitest";
import type { Arm64Options } from "./options.ts";
import { arm64 } from "./paging.ts";

const { WRITE_BACK, WRITE_COMBINING, UNCACHED_MINUS, UNCACHED, TAGGED } = MemoryType;
const memoryTypes = [WRITE_BACK, WRITE_COMBINING, UNCACHED_MINUS, UNCACHED, TAGGED];
const NO_SHADOW = {
  reason: "hardware tags have no shadow",
  tests: ["its shadow covers vmalloc space and the direct map"],
};
const NOT_DIRTY = {
  reason: "hardware marks nothing as dirty here",
  tests: ["marks pages as accessed and dirty, and stores after a read still do"],
};
const runner = { describe, test };

const variants: Readonly<Record<string, Arm64Options>> = {
  "4K, 39 bits": { vaBits: 39 },
  "4K, 48 bits": { vaBits: 48, physicalBits: 40 },
  "4K, 48 bits, software tags": { vaBits: 48, kasan: "sw_tags" },
  "4K, 52 bits (LPA2)": { vaBits: 52 },
  "4K, 52 bits on hardware of 48": { vaBits: 52, actualVaBits: 48 },
  "4K, 44 bits": { vaBits: 44, physicalBits: 36 },
  "16K, 36 bits": { pageSize: 16384, vaBits: 36 },
  "16K, 47 bits": { pageSize: 16384, vaBits: 47 },
  "16K, 48 bits": { pageSize: 16384, vaBits: 48, kasan: "sw_tags" },
  "16K, 52 bits (LPA2)": { pageSize: 16384, vaBits: 52, physicalBits: 50 },
  "64K, 42 bits": { pageSize: 65536, vaBits: 42 },
  "64K, 48 bits, 52-bit physical (LPA)": { pageSize: 65536, vaBits: 48, physicalBits: 52 },
  "64K, 52 bits": { pageSize: 65536, vaBits: 52, kasan: "sw_tags" },
};
for (const [name, options] of Object.entries(variants)) {
  architectureContract(runner, `arm64, ${name}`, () => arm64(options), { memoryTypes });
}
architectureContract(runner, "arm64 with hardware tags", () => arm64({ kasan: "hw_tags" }), {
  memoryTypes,
  exceptions: [NO_SHADOW],
});
architectureContract(runner, "arm64 whose software sets access flags", () => arm64({ hardwareAccess: false }), {
  memoryTypes,
});
architectureContract(runner, "arm64 whose software tracks what is dirty", () => arm64({ hardwareDirty: false }), {
  memoryTypes,
  exceptions: [NOT_DIRTY],
});
