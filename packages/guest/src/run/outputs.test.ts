import type { LogLine, Machine } from "@kasan/kernel";
import { expect, test } from "vitest";
import { GuestError } from "../error.ts";
import { Receiver, sendDefect } from "./outputs.ts";

const CONSOLE = { acquire() {}, release() {} };

/** A receiver, and the lines that it passes on. */
function receiver(): { one: Receiver; texts: string[] } {
  const texts: string[] = [];
  const one = new Receiver({ log: ({ text }) => void texts.push(text) }, () => {});
  one.attach({ locks: { console: CONSOLE } } as unknown as Machine);
  return { one, texts };
}

const line = (text: string): LogLine => ({ level: 6, time: 0, text });

test("what other threads printed precedes what this one prints", () => {
  const { one, texts } = receiver();
  one.queue.send({ kind: "log", line: line("theirs") });
  one.outputs.log(line("ours"));
  expect(texts).toEqual(["theirs", "ours"]);
});

test("lost output is an error, after what there is of it", () => {
  const { one, texts } = receiver();
  one.queue.send({ kind: "log", line: line("theirs") });
  one.queue.send({ kind: "log", line: line("x".repeat(2 ** 26)) });
  expect(() => one.drain()).toThrow(expect.objectContaining({ name: GuestError.name, code: "OUTPUT" }));
  expect(texts).toEqual(["theirs"]);
});

test("a defect of a thread is an error", () => {
  const { one } = receiver();
  sendDefect(one.queue, "it fell over");
  expect(() => one.drain()).toThrow("it fell over");
});
