import { describe, expect, test } from "vitest";
import { equal, holds, matches, refuses } from "./assert.ts";

test("holds", () => {
  holds(true, "never");
  expect(() => holds(false, "the sky is green")).toThrow("the sky is green");
});

describe("equal", () => {
  test.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    [1n, 1n],
    [undefined, undefined],
    [
      [1, [2]],
      [1, [2]],
    ],
    [{ a: { b: 1n } }, { a: { b: 1n } }],
  ])("takes pair %# for the same", (actual, expected) => equal<unknown>(actual, expected, "it"));

  test.each([
    [1, 2, "it: 1, expected 2"],
    [0, -0, "it: 0, expected -0"],
    [1, 1n, "it: 1, expected 0x1"],
    ["a", "b", 'it: "a", expected "b"'],
    [[1], [1, 2], "it: [1], expected [1,2]"],
    [{ a: 1n }, { a: 2n }, 'it: {"a":"0x1"}, expected {"a":"0x2"}'],
    [[1], { 0: 1 }, 'it: [1], expected {"0":1}'],
    [{ a: undefined }, { b: undefined }, 'it: {"a":"undefined"}, expected {"b":"undefined"}'],
    [null, {}, "it: null, expected {}"],
  ])("tells pair %# apart", (actual, expected, message) => {
    expect(() => equal<unknown>(actual, expected, "it")).toThrow(message);
  });
});

test("matches compares the members that are given", () => {
  matches({ a: 1, b: 2 }, { a: 1 }, "it");
  expect(() => matches({ a: 1 }, { a: 2 }, "it")).toThrow("a of it: 1, expected 2");
  expect(() => matches(3, { a: 2 }, "it")).toThrow("it: 3, expected an object");
});

test("refuses asks for an error with a code and words", () => {
  const error = Object.assign(new Error("the door is shut"), { code: "SHUT" });
  const body = () => {
    throw error;
  };
  refuses(body, "SHUT", "door", "going");
  expect(() => refuses(body, "LOCKED", "door", "going")).toThrow(
    'going: threw "SHUT" "the door is shut", expected LOCKED',
  );
  expect(() => refuses(body, "SHUT", "window", "going")).toThrow('with "window"');
  expect(() => refuses(() => {}, "SHUT", "", "going")).toThrow("going: nothing was thrown");
});

test("an instance of a class is shown by its name, since it may lead to all of a machine", () => {
  class Loop {
    readonly self = this;
  }
  expect(() => equal<unknown>(new Loop(), 1, "it")).toThrow(/^it: \[Loop\], expected 1$/);
  expect(() => equal<unknown>({ a: new Loop() }, 1, "it")).toThrow(/^it: .*\[Loop\].*, expected 1$/);
  expect(() => matches(new Loop(), { other: 2 }, "it")).toThrow(/^other of it: undefined, expected 2$/);
});
