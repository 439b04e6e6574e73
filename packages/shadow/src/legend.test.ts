import { describe, expect, test } from "vitest";
import { legend, meaningOf, poisonValueOf } from "./legend.ts";
import { parseVersion } from "./version.ts";

describe("what a value means changes with the version", () => {
  test.each([
    [0xfa, "4.19", "KASAN_GLOBAL_REDZONE"],
    [0xfa, "5.8", "KASAN_GLOBAL_REDZONE"],
    [0xfa, "5.9", "KASAN_SLAB_FREE_META"],
    [0xfa, "6.12", "KASAN_SLAB_FREE_META"],
    [0xf9, "5.4", undefined],
    [0xf9, "5.5", "KASAN_VMALLOC_INVALID"],
    [0xf9, "5.9", "KASAN_GLOBAL_REDZONE"],
    [0xf8, "4.8", undefined],
    [0xf8, "4.9", "KASAN_USE_AFTER_SCOPE"],
    [0xf8, "5.0", "KASAN_USE_AFTER_SCOPE"],
    [0xf8, "5.4", undefined],
    [0xf8, "5.10", "KASAN_VMALLOC_INVALID"],
    [0xca, "4.15", undefined],
    [0xcb, "4.16", "KASAN_ALLOCA_RIGHT"],
    [0xff, "4.0", "KASAN_PAGE_FREE"],
  ])("%i in %s", (byte, version, name) => {
    expect(poisonValueOf(byte, { version: parseVersion(version) })?.name).toBe(name);
  });
});

test("0xf8 on a stack is use-after-scope, elsewhere it is vmalloc's", () => {
  expect(meaningOf(0xf8, { onStack: true })).toMatchObject({ name: "KASAN_USE_AFTER_SCOPE", state: "out-of-scope" });
  expect(meaningOf(0xf8)).toMatchObject({ name: "KASAN_VMALLOC_INVALID", state: "unallocated" });
  expect(meaningOf(0xf2, { onStack: true }).name).toBe("KASAN_STACK_MID");
});

test("6.12 has these values, and each has one meaning per place", () => {
  const all = legend();
  expect(new Set(all.map(({ value }) => value))).toEqual(
    new Set([0xff, 0xfe, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf1, 0xf2, 0xf3, 0xf4, 0xca, 0xcb]),
  );
  for (const version of ["4.0", "4.9", "5.0", "5.4", "5.8", "5.9", "6.12"].map(parseVersion)) {
    const places = legend("generic", version).map(({ value, onStack }) => `${value} ${onStack}`);
    expect(new Set(places).size).toBe(places.length);
  }
});

test("every byte has a meaning, in every mode", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const mode of ["generic", "sw_tags", "hw_tags"] as const)
      expect(meaningOf(byte, { mode }).meaning).not.toBe("");
  }
  expect(meaningOf(0)).toEqual({ byte: 0, state: "accessible", meaning: "all 8 bytes accessible" });
  expect(meaningOf(1).meaning).toBe("only the first byte of 8 is accessible");
  expect(meaningOf(7)).toMatchObject({ state: "partial", meaning: "only the first 7 of 8 bytes are accessible" });
  expect(meaningOf(8).state).toBe("unknown");
  expect(meaningOf(0xfd).state).toBe("unknown");
});

test("in the tag-based modes bytes are tags", () => {
  const mode = "sw_tags";
  expect(meaningOf(0, { mode })).toMatchObject({ state: "tagged" });
  expect(meaningOf(0xf5, { mode }).meaning).toContain("tag f5");
  expect(meaningOf(0xfe, { mode }).name).toBe("KASAN_TAG_INVALID");
  expect(meaningOf(0xff, { mode }).name).toBe("KASAN_TAG_KERNEL");
});
