import { expect, it } from "vitest";
import { memoryText } from "./memory-text.ts";

it.each([
  [2 ** 47, "128T"],
  [15 * 2 ** 20, "15M"],
  [3 * 2 ** 10, "3K"],
  [1500, "1500 bytes"],
  [0, "0 bytes"],
  [-1, "-1 bytes"],
  [0.5, "0.5 bytes"],
  [Number.NaN, "NaN bytes"],
])("%s is %s", (bytes, text) => expect(memoryText(bytes)).toBe(text));
