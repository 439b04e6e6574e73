import { expect, test } from "vitest";
import { Explorer, makeScenario, replay, traceOf, VARIANTS } from "../src/index.ts";

test.each(VARIANTS.map(({ name }) => name))("the trace of %s can be run again", (name) => {
  const { setup, programs, cachesInvalid = false, breaks, only } = VARIANTS.find((one) => one.name === name)!;
  const data = { scheme: name, architecture: only ?? "x86", setup, programs, cachesInvalid } as const;
  const explorer = new Explorer(makeScenario(data));
  const { found } = explorer.search({ properties: [breaks] });
  const trace = traceOf(explorer, data, found[0]!);
  expect(trace.property).toBe(breaks);
  expect(trace.codes.length).toBeLessThanOrEqual(found[0]!.codes.length);
  const read = JSON.parse(JSON.stringify(trace));
  const again = replay(new Explorer(makeScenario(read.scenario)), read);
  expect(again.same).toBe(true);
});
