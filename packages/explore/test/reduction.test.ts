import { architectures } from "@kasan/architectures";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allPagePrograms,
  allPrograms,
  Checker,
  makeScenario,
  PROPERTIES,
  type ScenarioData,
  search,
  VARIANTS,
} from "../src/index.ts";

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

test("shadow that surfaces before it is filled, where a barrier is left out, is found with the reduction too", () => {
  const programs = [["allocate a 1"], ["stray 3"]];
  const data = { scheme: "lazy", architecture: "arm64", setup: [], programs } as const;
  const checker = new Checker({ ...data, scenarios: [programs] });
  checker.run(0, {});
  const without = checker.removals().find((removal) => /^smp_wmb in .*mapNew/.test(removal))!;
  expect(without).toBeDefined();
  for (const reduction of [true, false]) {
    expect(search(makeScenario(data), { reduction }).outcome).toBe("exhausted");
    const { found } = search(makeScenario({ ...data, without }), { reduction });
    expect(found.map(({ name }) => name)).toEqual(["missed-bug"]);
  }
});

describe.each(architectures.names)("on %s, the reduction changes no answer:", (architecture) => {
  test.each(CASES.map((data) => [`${data.scheme}: ${data.programs.join(" | ")}`, data] as const))("%s", (_, data) => {
    const scenario = makeScenario({ ...data, architecture });
    const names = (reduction: boolean) => {
      const { found, states, outcome } = search(scenario, { reduction, stopAtFirst: false });
      expect(outcome).toBe("exhausted");
      return { states, properties: found.map(({ property }) => PROPERTIES[property].name).sort() };
    };
    const reduced = names(true);
    const full = names(false);
    expect(reduced.properties).toEqual(full.properties);
    expect(reduced.states).toBeLessThan(full.states);
  });
});

/** Checks random programs, with a random step left out: are the same properties violated with and without the reduction? */
function agree(machines: readonly Omit<ScenarioData, "programs">[], programs: readonly string[][][]): void {
  const removals = machines.map((machine) => {
    const checker = new Checker({ ...machine, scenarios: programs });
    for (const index of programs.keys()) checker.run(index, {});
    return [undefined, ...checker.removals()];
  });
  fc.assert(
    fc.property(fc.nat(machines.length - 1), fc.nat(), fc.nat(programs.length - 1), (which, removal, program) => {
      const without = removals[which][removal % removals[which].length];
      const data = { ...machines[which], programs: programs[program] };
      const scenario = makeScenario(without === undefined ? data : { ...data, without });
      const broken = (reduction: boolean) => {
        const { found, outcome } = search(scenario, { reduction, stopAtFirst: false, depth: 400 });
        expect(outcome).not.toBe("depth");
        return found.map(({ name }) => name).sort();
      };
      expect({ without, data, broken: broken(true) }).toEqual({ without, data, broken: broken(false) });
    }),
    { numRuns: Number(process.env["KASAN_EXPLORE_RUNS"] ?? 40) },
  );
}

const ON = ["x86_64", "arm64"] as const;

test("nor for any programs, with any step left out", () => {
  const machines = ON.flatMap((architecture) =>
    ["lazy", "refcount", "poison"].map((scheme) => ({ scheme, architecture, setup: ["allocate z 6", "free z"] })),
  );
  agree(machines, [...allPrograms(2, 1), ...allPrograms(2, 2)]);
}, 1_200_000);

test("nor for those over pages of the direct map", () => {
  const machines = ON.flatMap((architecture) =>
    ["per-page", "per-page-zero", "per-page-no-pshadow"].map((scheme) => ({ scheme, architecture, setup: [] })),
  );
  agree(machines, [...allPagePrograms(2, 1), ...allPagePrograms(2, 2)]);
}, 1_200_000);
