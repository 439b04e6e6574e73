import { expect, test } from "vitest";
import { Explorer, makeScenario, type SearchSnapshot } from "../src/index.ts";

const SCENARIO = makeScenario({
  scheme: "poison",
  architecture: "x86_64",
  setup: ["allocate z 6", "free z"],
  programs: [
    ["allocate a 1", "free a", "purge"],
    ["allocate b 1", "free b", "purge"],
    ["allocate c 1", "use c"],
  ],
});

test("a search that goes on from a snapshot ends as one that was never stopped", () => {
  const snapshots: SearchSnapshot[] = [];
  const whole = new Explorer(SCENARIO).search({ progress: (_, snapshot) => void snapshots.push(snapshot()) });
  expect(whole.outcome).toBe("exhausted");
  expect(snapshots.length).toBeGreaterThan(0);
  const from = structuredClone(snapshots[0]);
  expect(from.steps).toBeLessThan(whole.steps);
  const { outcome, states, steps, depth, found } = new Explorer(SCENARIO).search({ from });
  expect({ outcome, states, steps, depth, found }).toEqual({
    outcome: whole.outcome,
    states: whole.states,
    steps: whole.steps,
    depth: whole.depth,
    found: whole.found,
  });
});

test("a search stops at its bound of memory, and of depth, and says so", () => {
  expect(new Explorer(SCENARIO).search({ memory: 2 ** 20 }).outcome).toBe("memory");
  expect(new Explorer(SCENARIO).search({ depth: 5 }).outcome).toBe("depth");
});

test("with preemptions bounded there is less to explore, and more with each", () => {
  const states = (preemptions: number) => new Explorer(SCENARIO).search({ preemptions }).states;
  expect(states(0)).toBeLessThan(states(1));
  expect(states(1)).toBeLessThan(states(2));
});
