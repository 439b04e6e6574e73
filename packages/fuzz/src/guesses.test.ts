import { expect, it } from "vitest";
import { Guesses } from "./guesses.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const tried = (input: string, left: string, right: string, constant: boolean) =>
  new Guesses([])
    .learn(bytes(input), [{ site: 0, left: bytes(left), right: bytes(right), constant }], 16)
    .map((one) => Buffer.from(one).toString("hex"));

it("puts one side of a comparison where the other is", () => {
  expect(tried("aa1122bb", "cafe", "1122", true)).toEqual(["aacafebb"]);
  expect(tried("aa1122bb", "cafe", "1122", false)).toEqual(["aacafebb"]);
});

it("puts a text where another is, whose length may be another", () => {
  expect(tried("0041424300", "5859", "414243", true)).toEqual(["00585900"]);
  expect(tried("00585900", "414243", "5859", true)).toEqual(["0041424300"]);
  expect(tried("00", "414243", "", true)).toEqual([]);
});

it("finds the inverse of a number that is compared by its difference", () => {
  const computed = 0x41d912ff;
  const stored = 0x01020304;
  const difference = Buffer.alloc(4);
  difference.writeUInt32LE((~computed ^ stored) >>> 0);
  expect(tried("eeee04030201", "ffffffff", difference.toString("hex"), true)).toContain("eeeeff12d941");
});
