import { contractFailures } from "@kasan/shadow/contract";
import { describe, expect, test } from "vitest";
import { toy } from "../test/toy.ts";
import { architectureContract } from "./contract/index.ts";
import type { Architecture } from "./index.ts";

architectureContract({ describe, test }, "the toy", toy);
architectureContract({ describe, test }, "the toy whose software sets accessed bits", () =>
  toy({ softwareAccessed: true }),
);

describe("the contract finds", () => {
  const right = toy();
  const wrong: [what: string, change: Partial<Architecture>, title: string][] = [
    ["a leaf's frame that is wrong", { frame: () => 0 }, "leaf entries round trip"],
    [
      "a root that is another",
      { root: () => 0 },
      "its spans are ascending, disjoint, no larger than a root table, and what root() says",
    ],
    [
      "a limit beyond permissions",
      { limit: () => 0 },
      "table entries round trip, and let through what they are told to",
    ],
    ["a check that asks nothing", { check: () => undefined }, "check() asks for the permission that an access needs"],
    [
      "regions with a gap",
      { regions: right.regions.slice(1) },
      "its regions are every address, once, and agree with root() on what is canonical",
    ],
    [
      "marks that clear a bit",
      { withDirty: (_level, lo) => lo & ~4 },
      "hardware's marks change nothing else, and are made once",
    ],
    [
      "break-before-make that is not said",
      { breakReason: () => undefined },
      "reports a change of a live entry that needs break-before-make, and no other",
    ],
  ];
  test.each(wrong)("%s", (_what, change, title) => {
    const failures = contractFailures((runner) =>
      architectureContract(runner, "wrong", () => ({ ...right, ...change })),
    );
    expect(failures.map((failure) => failure.title)).toContain(title);
  });
});
