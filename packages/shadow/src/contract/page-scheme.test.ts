import { expect, test } from "vitest";
import { PerPageShadow, PerPageZeroShadow } from "../index.ts";
import type { MakePageScheme } from "../page-schemes/scheme.ts";
import { pageSchemeContract } from "./page-scheme.ts";
import { contractFailures } from "./runner.ts";

const failing = (make: MakePageScheme) =>
  contractFailures((runner) => pageSchemeContract(runner, "a wrong one", make)).map(({ title }) => title);

test("a second look that looks at nothing is found", () => {
  class Blind extends PerPageShadow {
    override secondLook() {
      return "good" as const;
    }
  }
  expect(failing((backend) => new Blind(backend))).toContain(
    "no access to free memory passes, whatever the TLBs remember",
  );
});

test("zeros that go with a flush of one CPU are found", () => {
  const local: MakePageScheme = (backend) =>
    new PerPageZeroShadow({ ...backend, show: (group, frame) => backend.show(group, frame, false) });
  expect(failing(local)).not.toEqual([]);
});

test("memory for shadow that is not given back is found", () => {
  const leaking: MakePageScheme = (backend) => new PerPageShadow({ ...backend, freeShadow: () => {} });
  expect(failing(leaking)).toEqual(
    expect.arrayContaining([
      "shadow goes with the last page of kernel memory",
      "where memory for shadow is short, kernel memory is refused, and all is as before",
    ]),
  );
});
