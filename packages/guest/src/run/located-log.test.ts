import type { LogLine } from "@kasan/kernel";
import { expect, test } from "vitest";
import type { CodePlaces } from "./code-places.ts";
import { LocatedLog } from "./located-log.ts";

test("lines that were printed together are looked up together, and none is lost if the rest never comes", () => {
  const texts: string[] = [];
  const asked: number[] = [];
  const places = {
    find: (addresses: Iterable<bigint>) => {
      asked.push([...addresses].length);
      return new Map();
    },
  } as unknown as CodePlaces;
  const log = new LocatedLog(
    ({ text }) => void texts.push(text),
    () => [],
    places,
  );
  const line = (text: string, more?: true): LogLine => ({ level: 4, time: 0, text, ...(more && { more }) });
  log.line(line("one"));
  log.line(line("two f+0x1/0x2", true));
  expect(texts).toEqual(["one"]);
  log.line(line("three"));
  expect(texts).toEqual(["one", "two f+0x1/0x2", "three"]);
  log.line(line("four", true));
  log.end();
  expect(texts.at(-1)).toBe("four");
  expect(asked).toHaveLength(3);
});
