import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { aux } from "./aux.ts";

const stacks = ["call_rcu", "f"].map((symbol) => [{ symbol, offset: 1, size: 2, reliable: true }]);

test.each([
  [5, 8, "Last call_rcu():"],
  [6, 12, "Last potentially related work creation:"],
])("in the wording of %i.%i, what is printed is read", (major, minor, first) => {
  const texts = textsOf(aux.print?.({ aux: stacks }, styleOfVersion(major, minor)));
  expect(texts[0]).toBe(first);
  expect(readLines(texts).fields.aux).toEqual(stacks);
});

test("kernels before 5.8 have none", () => {
  expect(aux.print?.({ aux: stacks }, styleOfVersion(5, 7))).toEqual([]);
});

test("the story skips call_rcu itself", () => {
  expect(aux.story?.({ aux: stacks }).map(({ text }) => text)).toEqual([
    "Perhaps related, the second to last record: work or a callback was queued by f.",
    "Perhaps related, the last record: an RCU callback was queued.",
  ]);
});
