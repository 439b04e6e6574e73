import { describe, expect, test } from "vitest";
import { type ArchitectureName, makeScenario, PROPERTIES, type ScenarioData, search, VARIANTS } from "../src/index.ts";

const CASES: Omit<ScenarioData, "architecture">[] = [
  { scheme: "lazy", setup: ["allocate z 1", "free z"], programs: [["purge"], ["allocate a 1"]] },
  { scheme: "lazy", setup: [], programs: [["allocate a 1"], ["allocate b 1", "use b"]] },
  { scheme: "refcount", setup: ["allocate z 1"], programs: [["free z", "purge"], ["allocate a 1"]] },
  { scheme: "poison", setup: ["allocate z 9", "free z", "purge"], programs: [["allocate a 1"], ["stray 12"]] },
  ...VARIANTS.filter(({ name }) => name !== "populate-release-race").map(
    ({ name, setup, programs, cachesInvalid }) => ({
      scheme: name,
      setup,
      programs,
      cachesInvalid: cachesInvalid ?? false,
    }),
  ),
];

describe.each<ArchitectureName>(["x86", "arm64"])("on %s, the reduction changes no answer:", (architecture) => {
  test.each(CASES.map((data) => [`${data.scheme}: ${data.programs.join(" | ")}`, data] as const))("%s", (_, data) => {
    const scenario = makeScenario({ ...data, architecture });
    const names = (reduction: boolean) => {
      const { found, states, outcome } = search(scenario, { reduction, stopAtFirst: false });
      expect(outcome === "exhausted").toBe(found.length === 0);
      return { states, properties: found.map(({ property }) => PROPERTIES[property]!.name).sort() };
    };
    const reduced = names(true);
    const full = names(false);
    expect(reduced.properties).toEqual(full.properties);
    expect(reduced.states).toBeLessThan(full.states);
  });
});
