import { expect, test } from "vitest";
import { dayOf, dayOfLine } from "./date.ts";

test.each([
  ["2024-06-04T09:23:11.000000001Z stdout F [   25.000011] BUG: KASAN: x in f", "2024-06-04"],
  ["2024-06-04T23:30:00,123456-02:00 BUG: KASAN: x in f", "2024-06-05"],
  ["2024-06-04T01:30:00+0200 host kernel: BUG: KASAN: x in f", "2024-06-03"],
  ["2024-06-04 09:23:11 [    1.0] BUG: KASAN: x in f", "2024-06-04"],
  ["[Tue Jun  4 09:23:11 2024] BUG: KASAN: x in f", "2024-06-04"],
  ['{"log":"[   25.000011] BUG: KASAN: x in f\\n","stream":"stdout","time":"2024-06-04T09:23:11.1Z"}', "2024-06-04"],
  ["Jun  4 09:23:11 host kernel: BUG: KASAN: x in f", undefined],
  ["[   25.000011] BUG: KASAN: x in f", undefined],
  ["2024-13-41T09:23:11Z BUG: KASAN: x in f", undefined],
  ["[Tue Xxx  4 09:23:11 2024] BUG: KASAN: x in f", undefined],
])("%s", (line, day) => {
  expect(dayOfLine(line)).toBe(day);
});

test("a mail's date is a day of UTC, or none", () => {
  expect(dayOf("Tue, 04 Jun 2024 23:30:00 -0200")).toBe("2024-06-05");
  expect(dayOf("yesterday")).toBeUndefined();
  expect(dayOf("0001-01-01T00:00:00Z")).toBeUndefined();
});
