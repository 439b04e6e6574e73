import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { stackLocation } from "./stack-location.ts";

const stack = {
  task: { comm: "a b", pid: 7 },
  frame: {
    offset: 42,
    function: { symbol: "f", offset: 0, size: 96, reliable: true },
    objects: [
      { start: 32, end: 42, name: "buffer" },
      { start: 64, end: 68, name: "n" },
    ],
  },
};
const access = { kind: "Read", size: 1, address: 0xffff88800000002an } as const;

test.each([
  [5, 4],
  [6, 12],
])("in the wording of %i.%i, what is printed is read", (major, minor) => {
  const texts = textsOf(stackLocation.print?.({ bugType: "x", access, stack }, styleOfVersion(major, minor)));
  const { fields, roles } = readLines(texts);
  expect(fields.stack).toEqual(stack);
  expect(new Set(roles)).toEqual(new Set(["stack-location", "blank"]));
});

test("kernels before 5.2 say nothing, those before 5.18 nothing without a frame", () => {
  expect(stackLocation.print?.({ bugType: "x", stack }, styleOfVersion(5, 1))).toEqual([]);
  expect(stackLocation.print?.({ bugType: "x", stack: { task: stack.task } }, styleOfVersion(5, 4))).toEqual([]);
});

test("compilers can add the line of a variable", () => {
  const lines = textsOf(stackLocation.print?.({ bugType: "x", access, stack }, styleOfVersion(6, 12)));
  const { fields } = readLines(lines.map((line) => line.replace("'n'", "'n:12'")));
  expect(fields.stack?.frame?.objects[1]).toEqual({ start: 64, end: 68, name: "n", line: 12 });
});

test("JSON of a run calls it frame, which is the guilty function elsewhere", () => {
  const to = { style: styleOfVersion(6, 12) };
  expect(stackLocation.json?.({ bugType: "x", stack }, { ...to, for: "run" })).toMatchObject({ frame: { offset: 42 } });
  expect(stackLocation.json?.({ bugType: "x", stack }, { ...to, for: "explain" })).toHaveProperty("stack.offset", 42);
});
