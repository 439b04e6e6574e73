import { describe, expect, test } from "vitest";
import { BUG_TRAITS, bugTraits, bugTypeIn, isKnownBugType, isSameBugType } from "./bug-traits.ts";
import { bugType } from "./bug-type.ts";
import { GENERIC_POISON } from "./poison.ts";
import { parseVersion } from "./version.ts";

test("every bug that a poison value tells has traits, and they agree with what the value says of the memory", () => {
  for (const { bug, state } of GENERIC_POISON) {
    if (bug === undefined) continue;
    expect(isKnownBugType(bug)).toBe(true);
    expect(BUG_TRAITS[bug].phase === "after-free").toBe(state === "freed");
    expect(BUG_TRAITS[bug].phase === "after-scope").toBe(state === "out-of-scope");
  }
});

test.each([
  // The kernel decides by nothing but what the title says.
  ["slab-out-of-bounds", { family: "heap", fault: "out-of-bounds", region: "allocated" }],
  ["double-free or invalid-free", { family: "free", fault: "either-free", phase: "after-free" }],
  ["wild-memory-access", { family: "wild", fault: "no-memory" }],
  // Names of kernels before 4.4, with hyphens.
  ["out-of-bounds-access", { family: "unknown", fault: "out-of-bounds" }],
  ["out-of-bounds-on-global", { family: "global", fault: "out-of-bounds" }],
  // The words of hints.
  ["probably user-memory-access", { family: "user", fault: "no-memory" }],
  ["NULL-ptr deref or user memory access", { family: "null", fault: "no-memory" }],
  // Names that no kernel has yet.
  ["percpu-out-of-bounds", { family: "unknown", fault: "out-of-bounds" }],
  ["vmalloc-use-after-free", { family: "vmalloc", fault: "use-after-free", phase: "after-free" }],
  ["bad-free", { family: "free", fault: "invalid-free" }],
  ["constructor", { family: "unknown", fault: "unknown" }],
])("%s", (name, traits) => {
  expect(bugTraits(name)).toMatchObject(traits);
});

describe("names of other versions", () => {
  test.each([
    ["slab-use-after-free", "6.3", "use-after-free"],
    ["slab-use-after-free", "6.4", "slab-use-after-free"],
    ["slab-use-after-free", "4.2", "use after free"],
    ["double-free", "5.19", "double-free or invalid-free"],
    ["invalid-free", "6.0", "invalid-free"],
    ["slab-out-of-bounds", "4.0", "out of bounds access"],
    ["stack-out-of-bounds", "4.3", "out of bounds on stack"],
    ["user-memory-access", "4.3", "user-memory-access"],
    ["some-future-type", "5.10", "some-future-type"],
  ])("%s in %s: %s", (type, version, name) => {
    expect(bugTypeIn(type, parseVersion(version))).toBe(name);
  });

  test("are those that bugs get when they are found", () => {
    for (const version of ["4.4", "5.4", "6.0", "6.3", "6.12"].map(parseVersion)) {
      const facts = { address: 0n, size: 0n, version };
      expect(bugType({ ...facts, kind: "double-free" })).toBe(bugTypeIn("double-free", version));
      expect(bugType({ ...facts, mode: "hw_tags", lastEvent: "freed" })).toBe(
        bugTypeIn("slab-use-after-free", version),
      );
    }
  });

  test("mean the same bug", () => {
    expect(isSameBugType("use-after-free", "slab-use-after-free")).toBe(true);
    expect(isSameBugType("slab-use-after-free", "use-after-free")).toBe(true);
    expect(isSameBugType("x", "x")).toBe(true);
    expect(isSameBugType("slab-out-of-bounds", "out-of-bounds")).toBe(false);
    expect(isSameBugType("alloca-out-of-bounds", "stack-out-of-bounds")).toBe(false);
  });
});
