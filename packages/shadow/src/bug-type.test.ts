import { describe, expect, test } from "vitest";
import { type BugFacts, bugType } from "./bug-type.ts";
import { parseVersion } from "./version.ts";

const ACCESS = { address: 0xffff888000a59873n, size: 1n };
const named = (facts: Partial<BugFacts>, version = "6.12") =>
  bugType({ ...ACCESS, ...facts, version: parseVersion(version) });

test.each([
  // From the log of kasan_test on a real 6.12: the shadow at the first bad address, and after it.
  [0x03, 0xfc, "slab-out-of-bounds"],
  [0xfc, 0xfc, "slab-out-of-bounds"],
  [0xfe, 0xfe, "slab-out-of-bounds"],
  [0xff, 0xff, "use-after-free"],
  [0xfa, 0xfb, "slab-use-after-free"],
  [0xfb, 0xfb, "slab-use-after-free"],
  [0x02, 0xf9, "global-out-of-bounds"],
  [0x02, 0xf2, "stack-out-of-bounds"],
  [0xca, 0xca, "alloca-out-of-bounds"],
  [0x02, 0xcb, "alloca-out-of-bounds"],
  [0x03, 0xf8, "vmalloc-out-of-bounds"],
  // And what it would print.
  [0xf1, 0, "stack-out-of-bounds"],
  [0xf4, 0, "stack-out-of-bounds"],
  [0x00, 0xfc, "out-of-bounds"],
  [0x04, 0x00, "out-of-bounds"],
  [0x04, 0x07, "out-of-bounds"],
  [0x08, 0xfc, "unknown-crash"],
  [0xfd, 0xfd, "unknown-crash"],
] as const)("shadow %i, then %i: %s", (shadow, nextShadow, type) => {
  expect(named({ shadow, nextShadow })).toBe(type);
});

test("0xf8 on a stack is use-after-scope", () => {
  expect(named({ shadow: 0xf8, onStack: true })).toBe("use-after-scope");
});

test.each([
  ["6.3", 0xfb, "use-after-free"],
  ["6.4", 0xfb, "slab-use-after-free"],
  ["5.8", 0xfa, "global-out-of-bounds"],
  ["5.10", 0xfa, "use-after-free"],
  ["5.4", 0xf9, "unknown-crash"],
  ["5.7", 0xf9, "vmalloc-out-of-bounds"],
  ["4.19", 0xf8, "use-after-scope"],
  ["5.4", 0xf8, "unknown-crash"],
] as const)("%s calls %i %s", (version, shadow, type) => {
  expect(named({ shadow }, version)).toBe(type);
});

describe("without shadow, the address decides", () => {
  test.each([
    [0n, "null-ptr-deref"],
    [0xfffn, "null-ptr-deref"],
    [0x1000n, "user-memory-access"],
    [0x7fff_ffff_efffn, "user-memory-access"],
    [0x7fff_ffff_f000n, "wild-memory-access"],
    [0xdead_0000_0000_0100n, "wild-memory-access"],
  ] as const)("%s: %s", (address, type) => {
    expect(named({ address })).toBe(type);
    expect(named({ address, shadow: -1 })).toBe(type);
  });

  test("and where user addresses end", () => {
    expect(named({ address: 0x1_0000_0000n, taskSize: 0x1_0000_0000n })).toBe("wild-memory-access");
  });
});

test("a negative size is out-of-bounds, whatever the shadow", () => {
  expect(named({ size: -2n, shadow: 0xfc })).toBe("out-of-bounds");
  expect(named({ size: 2n ** 64n - 2n, shadow: 0xfc })).toBe("out-of-bounds");
  expect(named({ mode: "sw_tags", size: -2n })).toBe("out-of-bounds");
});

test("frees are told apart since 6.0", () => {
  expect(named({ kind: "double-free", shadow: 0xfb })).toBe("double-free");
  expect(named({ kind: "invalid-free", shadow: 0 })).toBe("invalid-free");
  expect(named({ kind: "invalid-free" }, "5.19")).toBe("double-free or invalid-free");
});

describe("the tag-based modes", () => {
  test.each([
    [undefined, "6.12", "invalid-access"],
    ["freed", "6.12", "slab-use-after-free"],
    ["freed", "6.1", "use-after-free"],
    ["allocated", "6.12", "slab-out-of-bounds"],
    ["allocated", "5.15", "out-of-bounds"],
  ] as const)("last event %s in %s: %s", (lastEvent, version, type) => {
    expect(named({ mode: "hw_tags", lastEvent }, version)).toBe(type);
  });
});
