import { architectures } from "@kasan/architectures";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allPagePrograms,
  allPrograms,
  Checker,
  DEFAULT_BOUNDS,
  Explorer,
  makeScenario,
  type ScenarioData,
  search,
  suite,
  type UserProperty,
  VARIANTS,
} from "../src/index.ts";
import { WIDE } from "./bounds.ts";
import { type RawProgram, rawPrograms, rawScenario } from "./raw-programs.ts";

/** Runs of each random test. */
const RUNS = Number(process.env["KASAN_EXPLORE_RUNS"] ?? 40);

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

/** What a search with and without the reduction finds: which properties do not hold, and the states in which nothing can happen any more. */
function bothWays(
  explorer: Explorer,
  programs?: ScenarioData["programs"],
  userProperties: readonly UserProperty[] = [],
) {
  return [false, true].map((reduction) => {
    const { found, ends, outcome, states } = explorer.search(
      { reduction, stopAtFirst: false, userProperties },
      programs,
    );
    return { states, answer: { outcome, broken: found.map(({ name }) => name).sort(), ends } };
  });
}

/** Expects the same answer both ways; returns which properties do not hold, and how many ends there are. */
function sameAnswer(
  explorer: Explorer,
  programs?: ScenarioData["programs"],
): { readonly broken: readonly string[]; readonly ends: number } {
  const [full, reduced] = bothWays(explorer, programs);
  expect({ programs, ...full!.answer }).toMatchObject({ outcome: "exhausted" });
  expect({ programs, ...reduced!.answer }).toEqual({ programs, ...full!.answer });
  return { broken: full!.answer.broken, ends: full!.answer.ends.count };
}

describe.each(architectures.names)(
  "on %s, races of single words have every outcome, the reduction or not:",
  (architecture) => {
    const of = (...steps: RawProgram["steps"]): RawProgram => ({ locked: false, steps });
    test.each<[string, number, RawProgram[]]>([
      [
        "x = 2; r = x, and x = 3: the CPU's own store drains before the other's, and is read after it",
        3,
        [of({ do: "write", word: 0, value: 2 }, { do: "read", word: 0 }), of({ do: "write", word: 0, value: 3 })],
      ],
      [
        "store buffering: both may read the old value",
        4,
        [
          of({ do: "write", word: 0, value: 2 }, { do: "read", word: 1 }),
          of({ do: "write", word: 1, value: 2 }, { do: "read", word: 0 }),
        ],
      ],
      [
        "store buffering with flushes, which drain: not both",
        3,
        [
          of({ do: "write", word: 0, value: 2 }, { do: "flush" }, { do: "read", word: 1 }),
          of({ do: "write", word: 1, value: 2 }, { do: "flush" }, { do: "read", word: 0 }),
        ],
      ],
    ])("%s", (_, ends, programs) => {
      expect(sameAnswer(new Explorer(rawScenario(architecture, programs)))).toEqual({ broken: [], ends });
    });

    test("a page that another CPU may still know from before is not private", () => {
      const scenario = rawScenario(architecture, [
        { locked: true, steps: [{ do: "withdraw" }, { do: "read", word: 1, never: 3 }] },
        {
          locked: true,
          steps: [
            { do: "publish", value: 3 },
            { do: "read", word: 1, never: 2 },
          ],
        },
        { locked: false, steps: [{ do: "publish", value: 3 }] },
      ]);
      sameAnswer(new Explorer(scenario));
    });

    test("random programs of single words, locks, pages that are published and withdrawn", () => {
      fc.assert(
        fc.property(rawPrograms, (programs) => void sameAnswer(new Explorer(rawScenario(architecture, programs)))),
        { numRuns: RUNS },
      );
    });
  },
);

// Every row of `kasan check all`, with fewer operations; scripts/stress.sh asks for the bounds of the command.
describe.each(architectures.names)(
  "on %s, the reduction changes neither verdicts nor ends of any program under",
  (architecture) => {
    test.each([...Object.keys(SCHEMES), ...Object.keys(PAGE_SCHEMES)])(
      "%s",
      (scheme) => {
        const scenarios = suite(scheme, architecture, WIDE ? DEFAULT_BOUNDS : [{ cpus: 2, operations: 2 }]);
        expect(scenarios.length).toBeGreaterThan(10);
        // One explorer learns the code once, for all areas.
        const areas = ["a", "b", "c"].map((name) => [`allocate ${name} 1`]);
        const programs = Object.hasOwn(PAGE_SCHEMES, scheme) ? scenarios[0]!.programs : areas;
        const explorer = new Explorer(makeScenario({ ...scenarios[0]!, programs }));
        for (const { programs } of scenarios) sameAnswer(explorer, programs);
      },
      1_200_000,
    );
  },
);

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
    const [full, reduced] = bothWays(new Explorer(makeScenario({ ...data, architecture })));
    expect(full!.answer.outcome).toBe("exhausted");
    expect(reduced!.answer).toEqual(full!.answer);
    expect(reduced!.states).toBeLessThan(full!.states);
  });
});

test("what a user's property sees of locks is not combined with other steps", () => {
  const held: UserProperty = {
    name: "held",
    holds: "no CPU holds the areas' lock while another CPU's frames are allocated",
    check: (state) => (state.lockHolder("areas") === 0 && state.allocatedFrames > 1 ? "CPU 0 holds it" : undefined),
  };
  const scenario = makeScenario({
    scheme: "lazy",
    architecture: "arm64",
    setup: ["allocate z 1"],
    programs: [["free z"], ["allocate a 9"]],
  });
  const [full, reduced] = bothWays(new Explorer(scenario), scenario.programs, [held]);
  expect(reduced!.answer).toEqual(full!.answer);
  expect(reduced!.states).toBeLessThan(full!.states);
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
    { numRuns: RUNS },
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
