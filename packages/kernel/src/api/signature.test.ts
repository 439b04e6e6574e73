import { expect, test } from "vitest";
import { kernelFunction } from "./signature.ts";

test("a signature with letters that are no types is refused", () => {
  for (const signature of ["x:l", "li", ":", "lv:l", "l:li", "l:l "]) {
    expect(() => kernelFunction(signature, (() => 0) as never)).toThrow(expect.objectContaining({ code: "SIGNATURE" }));
  }
  expect(kernelFunction("li:l", (low, high, value) => low + high + value).call(1, 2, 3)).toBe(6);
});
