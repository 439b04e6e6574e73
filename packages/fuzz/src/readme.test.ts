import { expect, test } from "vitest";
import { runReadmeExample } from "../../../scripts/readme-example.ts";

test("the README's example prints what it says", async () => {
  const { output, expected } = await runReadmeExample(new URL("..", import.meta.url).pathname);
  expect(output).toBe(expected);
});
