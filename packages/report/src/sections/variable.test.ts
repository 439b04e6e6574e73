import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { variable } from "./variable.ts";

const place = { symbol: "array", offset: 10, size: 40, module: "m", reliable: true };

test.each([
  [4, 9],
  [6, 12],
])("in the wording of %i.%i, what is printed is read", (major, minor) => {
  const texts = textsOf(variable.print?.({ bugType: "x", variable: place }, styleOfVersion(major, minor)));
  const { fields, roles } = readLines(texts);
  expect(fields.variable).toEqual(place);
  expect(roles[0]).toBe("variable");
});

test("a line that is no variable is not taken for one", () => {
  const { fields, roles } = readLines(["The buggy address belongs to the variable:", "(lost)"]);
  expect(fields.variable).toBeUndefined();
  expect(roles).toEqual(["variable", undefined]);
});
