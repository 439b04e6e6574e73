import { expect, it } from "vitest";
import { runReadmeExample } from "../../../scripts/readme-example.ts";

it("the README's example prints what the README says", async () => {
  const { output, expected } = await runReadmeExample(`${import.meta.dirname}/..`);
  expect(output).toBe(expected);
});
