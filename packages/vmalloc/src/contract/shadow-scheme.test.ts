import { contractFailures } from "@kasan/shadow/contract";
import { expect, test } from "vitest";
import { LazyShadow, type MakeScheme } from "../index.ts";
import { shadowSchemeContract } from "./shadow-scheme.ts";

const failing = (make: MakeScheme) =>
  contractFailures((runner) => shadowSchemeContract(runner, "a wrong one", make)).map(({ title }) => title);

test("frames that are lost are found", () => {
  expect(failing((backend) => new LazyShadow({ ...backend, freePage: () => {} }))).toEqual([
    "release loses no frame, and leaves nothing to flush",
    "once all areas are released, every frame is back",
    "when memory is short, populate says so, and holds nothing",
    "over any sequence, areas in use keep their shadow, and no frame is lost or freed twice",
    "over any sequence, every frame is back in the end",
  ]);
});

test("frames that are freed before the flush are found", () => {
  expect(failing((backend) => new LazyShadow({ ...backend, flush: () => {} }))).toContain(
    "release loses no frame, and leaves nothing to flush",
  );
});

test("areas that stay accessible are found", () => {
  class Forgetful extends LazyShadow {
    override poison() {}
  }
  expect(failing((backend) => new Forgetful(backend))).toContain(
    "after poison nothing is accessible, and the neighbours are as before",
  );
});

test("a name that no command line can hold is found", () => {
  class Named extends LazyShadow {
    override readonly name = "My Scheme";
  }
  expect(failing((backend) => new Named(backend))).toEqual(["it has a name that a command line can hold"]);
});
