import { expect, test } from "vitest";
import { atLeast, parseVersion } from "./version.ts";

test.each([
  ["6.12", 6, 12],
  ["6.12.117", 6, 12],
  ["v6.1", 6, 1],
  ["6.14.0-rc3+", 6, 14],
  ["5.10.0-33-amd64", 5, 10],
  ["6.7-rc1-syzkaller", 6, 7],
])("reads %s", (text, major, minor) => {
  expect(parseVersion(text)).toEqual({ major, minor });
});

test.each(["", "6", "six.twelve", "6.x", "linux 6.12"])("refuses %j", (text) => {
  expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: "VERSION_SYNTAX" }));
});

test("compares by number, major first", () => {
  const version = parseVersion("6.4");
  expect(atLeast(version, 6, 4)).toBe(true);
  expect(atLeast(version, 6, 12)).toBe(false);
  expect(atLeast(version, 5, 19)).toBe(true);
  expect(atLeast(version, 7, 0)).toBe(false);
});
