import { expect, test } from "vitest";
import { Explorer, makeScenario, search, type UserProperty } from "../src/index.ts";

/** Three areas are allocated while two CPUs purge: a case for which SPIN needs a million states on a hand-written model. */
const CLASSIC = {
  setup: ["allocate z 1", "free z", "allocate y 1"],
  programs: [["allocate a 1"], ["allocate b 1"], ["allocate c 1"], ["purge"], ["free y", "purge"]],
};

test.each(["lazy", "refcount", "poison"])("%s: 3 populate and 2 release, exhausted", (scheme) => {
  const { outcome, found } = search(makeScenario({ scheme, architecture: "x86_64", ...CLASSIC }));
  expect({ outcome, found }).toEqual({ outcome: "exhausted", found: [] });
});

test("the race of two populates with a release, in a larger crowd, is found too", () => {
  const explorer = new Explorer(makeScenario({ scheme: "populate-release-race", architecture: "x86_64", ...CLASSIC }));
  const programs = CLASSIC.programs.map((program) => (program[0] === "allocate a 1" ? [...program, "use a"] : program));
  expect(explorer.search({ properties: ["false-report"] }, programs).found).toHaveLength(1);
});

test("a property of one's own is looked at in every state", () => {
  const oneHolder: UserProperty = {
    name: "tables-under-areas",
    holds: "who holds the tables' lock to map shadow holds the areas' lock",
    check: (state) => {
      const holder = state.lockHolder("tables");
      return holder >= 0 && state.lockHolder("areas") !== holder ? `CPU ${holder} does not` : undefined;
    },
  };
  const few: UserProperty = {
    name: "one-frame",
    holds: "no more than one frame is in use",
    check: (state) => (state.allocatedFrames > 1 ? `${state.allocatedFrames} are` : undefined),
  };
  const scenario = makeScenario({
    scheme: "lazy",
    architecture: "arm64",
    setup: ["allocate z 6", "free z"],
    programs: [["purge"], ["allocate a 1"]],
  });
  expect(search(scenario, { userProperties: [oneHolder] }).outcome).toBe("exhausted");
  const { found } = search(scenario, { userProperties: [few], properties: ["one-frame"] });
  expect(found.map(({ name, what }) => ({ name, what }))).toEqual([{ name: "one-frame", what: "2 are" }]);
});
