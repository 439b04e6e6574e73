import { describe, it } from "vitest";
import { runLz4, runSuite, SUITES } from "./suites.ts";

describe("the kernel's own tests with our headers", () => {
  it.each(Object.keys(SUITES))("%s", { timeout: 300_000 }, async (name) => {
    await runSuite(SUITES[name]);
  });

  it("lz4, there and back", { timeout: 300_000 }, async () => {
    await runLz4();
  });
});
