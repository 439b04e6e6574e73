import { describe, expect, test } from "vitest";
import { type ContractException, shadowSchemeContract } from "../contract/index.ts";
import { ToyMachine } from "../contract/toy-machine.ts";
import { SCHEMES } from "./index.ts";

const RETURNS = [
  "once all areas are released, every frame is back",
  "over any sequence, every frame is back in the end",
];

/** Schemes with real shadow, and the tests of the contract that each one fails. */
const BACKED: Readonly<Record<string, readonly ContractException[]>> = {
  keep: [{ reason: "shadow stays for ever", tests: RETURNS }],
  lazy: [],
  mainline: [{ reason: "a page of shadow that no area covers alone stays", tests: RETURNS }],
  refcount: [],
  flip: [],
  poison: [],
};

for (const [name, exceptions] of Object.entries(BACKED)) {
  shadowSchemeContract({ describe, test }, name, SCHEMES[name], exceptions);
}

test("each scheme goes by its name", () => {
  const machine = new ToyMachine();
  for (const [name, make] of Object.entries(SCHEMES)) expect(make(machine.shadow).name).toBe(name);
  expect(Object.keys(SCHEMES).sort()).toEqual(["early", ...Object.keys(BACKED)].sort());
});

/** Two areas that share their middle shadow page, freed one after the other; then which of the three pages are left. */
function leftAfter(name: string): number[] {
  const machine = new ToyMachine();
  const scheme = SCHEMES[name](machine.shadow);
  // Shadow pages cover pages 0-7, 8-15, 16-23; the areas are 0-11 and 12-23.
  scheme.populate(0, 12);
  scheme.populate(12, 12);
  const left = [machine.frames.size];
  scheme.release(0, 12, 0, 12);
  left.push(machine.frames.size);
  scheme.release(12, 12, 0, 24);
  left.push(machine.frames.size);
  return left;
}

describe("a page of shadow that two areas share", () => {
  test.each([
    ["keep", [3, 3, 3], "nothing ever goes"],
    ["lazy", [3, 2, 0], "goes when the free range around the last covers it"],
    ["mainline", [3, 2, 1], "stays for ever, since no area covers it alone"],
    ["refcount", [3, 2, 0], "goes with its last area"],
    ["flip", [3, 2, 0], "as lazy"],
    ["poison", [3, 2, 0], "as lazy"],
  ])("%s: %j, %s", (name, left) => expect(leftAfter(name)).toEqual(left));

  test("early never needs any", () => expect(leftAfter("early")).toEqual([0, 0, 0]));
});

test("what unused shadow shows", () => {
  const machine = new ToyMachine();
  const unused = Object.fromEntries(Object.entries(SCHEMES).map(([name, make]) => [name, make(machine.shadow).unused]));
  expect(unused).toEqual({
    early: "zero",
    keep: "unmapped",
    lazy: "unmapped",
    mainline: "unmapped",
    refcount: "unmapped",
    flip: "zero",
    poison: "poison",
  });
});
