import { arm64 } from "@kasan/arch-arm64";
import { describe, expect, test } from "vitest";
import { boot } from "../../../test/machine.ts";
import { Gfp } from "../../mm/gfp.ts";
import { NO_FREE_META } from "../../mm/slab/cache.ts";
import { BOOT_PARAMETER_NAMES, bootParameters } from "../boot-parameters.ts";
import { MECHANISMS } from "../generic/mechanisms.ts";
import { MODE_NAMES, MODES, modeNamed } from "./index.ts";
import type { ModeName } from "./mode.ts";

const start = (mode: ModeName, enabled = true) =>
  boot({
    architecture: arm64({ kasan: mode }),
    mode,
    ...(!enabled && { boot: bootParameters([["kasan", "off"]], mode) }),
  });

test("an unknown mode is refused, and those that there are are named", () => {
  const error = expect.objectContaining({
    code: "CONFIG",
    message: "no mode of KASAN sw-tags; there are: generic, sw_tags, hw_tags, off",
  });
  expect(() => modeNamed("sw-tags")).toThrow(error);
  expect(() => modeNamed("toString")).toThrow(/there are: generic/);
  expect(() => boot({ mode: "kfence" as ModeName })).toThrow(/no mode of KASAN kfence/);
});

describe.each(MODE_NAMES)("mode %s", (name) => {
  const mode = MODES[name];

  test("says of itself what its machine does", () => {
    const { machine, call } = start(name);
    expect(mode.name).toBe(name);
    const { directShadow, tagStorage } = machine.statistics();
    expect(directShadow).toBe(mode.granule === 0 ? 0 : machine.ram.size / mode.granule);
    expect(tagStorage).toBe(mode.tagStorage === 0 ? 0 : machine.ram.size / mode.tagStorage);
    expect(machine.kasan.hasShadow).toBe(mode.granule !== 0);
    const object = call("__kmalloc_noprof", 100n, Gfp.KERNEL);
    const cache = machine.slab.allocator.kmallocCache(100);
    expect(cache.align % Math.max(1, mode.slab.align)).toBe(0);
    expect(cache.freeMeta === NO_FREE_META).toBe(mode.slab.placeMeta === undefined);
    call("kfree", object);
    expect(machine.statistics().quarantine > 0).toBe(mode.quarantine);
    expect(machine.depot.stored > 0).toBe(mode.depot);
  });

  test("finds a use after free, and a double free, unless it is off", () => {
    const { machine, call, reports } = start(name);
    const object = call("__kmalloc_noprof", 64n, Gfp.KERNEL);
    call("kfree", object);
    expect(machine.kasan.checkByte(Number(object & 0xffffffffn), Number(object >> 32n), "ksize")).toBe(name === "off");
    if (name !== "off") call("kfree", object);
    const found = reports.map(({ bugType }) => bugType);
    expect(found).toEqual(name === "off" ? [] : ["slab-use-after-free", "double-free"]);
  });

  test("its boot parameters are some that there are, and others are refused", () => {
    expect(BOOT_PARAMETER_NAMES).toEqual(expect.arrayContaining([...mode.bootParameters]));
    for (const parameter of BOOT_PARAMETER_NAMES.filter((one) => !mode.bootParameters.includes(one))) {
      expect(() => bootParameters([[parameter, "on"]], name)).toThrow(`${parameter} means nothing in mode ${name}`);
    }
  });

  test("has mechanisms that there are, none where it is off", () => {
    const { mechanisms } = start(name).machine.kasan.mode;
    expect(Object.keys(MECHANISMS)).toEqual(expect.arrayContaining([...mechanisms]));
    expect(mechanisms.size > 0).toBe(name !== "off");
  });
});

test("kasan=off leaves a machine that does what one without KASAN does", () => {
  const { machine, log } = start("hw_tags", false);
  expect([machine.kasan.enabled, machine.statistics().tagStorage, log]).toEqual([false, 0, []]);
  // Memory is mapped as it would be with tags, because the processor supports them.
  expect(MODES.hw_tags.memoryFlags).not.toBe(MODES.off.memoryFlags);
});

test("a null mode does nothing whatever it is asked", () => {
  const { machine, call, reports } = boot({ mode: "off" });
  const { mode } = machine.kasan;
  const object = call("__kmalloc_noprof", 8n, Gfp.KERNEL);
  mode.fill(object, 8, 0xff);
  mode.set(object, 8, 0xff);
  mode.unpoison(object, 8);
  mode.fillShadow(object, 1, 0xff);
  machine.kasan.report({ kind: "Read", address: object, size: 1n, via: [] });
  expect(reports).toEqual([]);
  expect(machine.kasan.reports).toBe(0);
  expect(
    mode.report.examine(
      { kind: "Read", address: 0n, size: 1n, via: [] },
      { first: 0n, object: undefined, onStack: false },
    ),
  ).toMatchObject({ bugType: "unknown-crash" });
  expect([mode.hasMetadata(object), mode.randomTag(), mode.shadowPage(0)]).toEqual([false, 0xff, -1]);
});
