import { architectures } from "@kasan/architectures";
import { describe, expect, test } from "vitest";
import { Explorer, makeScenario, suite } from "../src/index.ts";
import { boundsFor } from "./bounds.ts";

/** Programs that name every area of a suite. */
const ALL = [["allocate a 1"], ["allocate b 1"], ["allocate c 1"]];

/** Schemes by architecture. riscv64's stores are as weak as arm64's; kasan check runs all schemes on it too. */
const SCHEMES_OF = (architecture: string) => (architecture === "riscv64" ? ["lazy"] : ["lazy", "refcount", "poison"]);

describe.each(architectures.names)("on %s, all properties hold of", (architecture) => {
  test.each(SCHEMES_OF(architecture))(
    "%s",
    (scheme) => {
      const scenarios = suite(scheme, architecture, boundsFor(scheme, architecture));
      expect(scenarios.length).toBeGreaterThan(100);
      const explorer = new Explorer(makeScenario({ ...scenarios[0], programs: ALL }));
      for (const { programs } of scenarios) {
        const { outcome, found } = explorer.search({}, programs);
        expect({ programs, outcome, found }).toEqual({ programs, outcome: "exhausted", found: [] });
      }
    },
    1_200_000,
  );
});
