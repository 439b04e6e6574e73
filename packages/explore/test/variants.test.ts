import { architectures } from "@kasan/architectures";
import { describe, expect, test } from "vitest";
import { exploredPlatform, makeScenario, PROPERTIES, search, VARIANTS } from "../src/index.ts";

describe.each(architectures.names)("on %s, the known bug is found in", (architecture) => {
  const platform = exploredPlatform(architectures.get(architecture));
  const here = VARIANTS.filter(({ wrongOn }) => wrongOn?.(platform) ?? true);
  test.each(here.map((variant) => [variant.name, variant] as const))("%s", (_, variant) => {
    const { name, setup, programs, cachesInvalid, breaks } = variant;
    const model = cachesInvalid === undefined ? {} : { cachesInvalid };
    const scenario = makeScenario({ scheme: name, architecture, setup, programs, ...model });
    const { found, outcome } = search(scenario, { properties: [breaks] });
    expect(outcome).toBe("violation");
    expect(found.map(({ property }) => PROPERTIES[property].name)).toEqual([breaks]);
  });
});

test("new mappings without a flush are right where TLBs do not remember invalid entries", () => {
  const { setup, programs } = VARIANTS.find(({ name }) => name === "unflushed-map")!;
  expect(search(makeScenario({ scheme: "lazy", architecture: "x86_64", setup, programs })).outcome).toBe("exhausted");
});

test("entries of the direct map's shadow may lead elsewhere at once on x86, which does not ask for break-before-make", () => {
  const { setup, programs } = VARIANTS.find(({ name }) => name === "per-page-in-place")!;
  expect(search(makeScenario({ scheme: "per-page-in-place", architecture: "x86_64", setup, programs })).outcome).toBe(
    "exhausted",
  );
});
