import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { tracks } from "./tracks.ts";

const stack = [{ symbol: "f", offset: 1, size: 2, reliable: true }];

test.each([
  [4, 9, { allocated: { pid: 7, stack } }],
  [6, 1, { allocated: { pid: 7, stack }, freed: { pid: 8 } }],
  [6, 12, { allocated: { pid: 7, cpu: 1, timestamp: 1000002, stack }, freed: { pid: 8, stack } }],
] as const)("in the wording of %i.%i, what is printed is read", (major, minor, fields) => {
  const texts = textsOf(tracks.print?.({ bugType: "x", callTrace: [], ...fields }, styleOfVersion(major, minor)));
  const read = readLines(texts).fields;
  expect({ allocated: read.allocated, freed: read.freed }).toEqual({ freed: undefined, ...fields });
});

test("SLUB's own record is one, and the first of two counts", () => {
  const { fields } = readLines([
    "INFO: Allocated in f+0x1/0x2 age=5 cpu=0 pid=7",
    " f+0x1/0x2",
    "Allocated by task 9:",
    " g+0x1/0x2",
  ]);
  expect(fields.allocated).toEqual({ pid: 7, stack });
});

test("frames after the line about the address are not the track's", () => {
  const { fields } = readLines(["Freed by task 7:", " f+0x1/0x2", "The buggy address is elsewhere", " g+0x1/0x2"]);
  expect(fields.freed?.stack).toEqual(stack);
});

test("the story names who asked the allocator", () => {
  const trace = ["kasan_save_stack", "__kmalloc", "f"].map((symbol) => ({ symbol, reliable: true }));
  expect(tracks.story?.({ bugType: "x", callTrace: [], allocated: { pid: 7, stack: trace } })).toEqual([
    { stage: "allocated", text: "Allocated by task 7 in f." },
  ]);
});
