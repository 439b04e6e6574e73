import { expect, test } from "vitest";
import { parseTraceLine } from "./frame.ts";

test.each([
  [" f+0x1/0x20", { symbol: "f", offset: 1, size: 0x20, reliable: true }],
  [" ? f.isra.0+0x1/0x20 [mod]", { symbol: "f.isra.0", offset: 1, size: 0x20, module: "mod", reliable: false }],
  ["  [<ffffffff81d94b69>] ? f+0x1/0x20 lib/f.c:51", { symbol: "f", reliable: false, file: "lib/f.c", line: 51 }],
  [" f+0x1/0x20 [mod 0123456789abcdef0123456789abcdef01234567]", { symbol: "f", module: "mod" }],
  [" f+0x1/0x20 [mod] drivers/f.c:7:9", { module: "mod", file: "drivers/f.c", line: 7, column: 9 }],
  ["f (mm/f.c:37 (discriminator 1) mm/f.c:444) mod", { symbol: "f", file: "mm/f.c", line: 444, module: "mod" }],
  ["? f (mm/f.c:37) [mod]", { symbol: "f", module: "mod", reliable: false }],
  [" 0xffffffffa0000000", { address: 0xffffffffa0000000n, reliable: true }],
  ["[c000000012345678] [c0000000abcdef01] f+0x1/0x20 (unreliable)", { symbol: "f", reliable: false }],
  ["f+0x1/0x20 mod", { symbol: "f", module: "mod", offset: 1, reliable: true }],
])("%j is a frame", (text, frame) => {
  expect(parseTraceLine(text)).toMatchObject({ kind: "frame", frame });
});

test.each(["[<c0110abc>] (f) from [<c0110abd>] (g+0x18/0x1c)", " f from g+0x18/0x1c"])(
  "%j is a call, as 32-bit arm prints it",
  (text) => {
    const called = { symbol: "f", reliable: true };
    const frame = { symbol: "g", offset: 0x18, size: 0x1c, reliable: true };
    expect(parseTraceLine(text)).toMatchObject({ kind: "call", called, frame });
  },
);

test("functions that were merged have lines of their own", () => {
  expect(parseTraceLine(" f include/f.h:7 [inline]")).toEqual({
    kind: "inline",
    inlined: { symbol: "f", file: "include/f.h", line: 7 },
  });
});

test.each(["hello", "Read of size 8", "RIP: 0010:f+0x1/0x20", "<TASK>", "", "a b c"])("%j is not a frame", (text) => {
  expect(parseTraceLine(text)).toBeUndefined();
});

test.each([
  ["f+0x1/0x2 [mod] (P)", { symbol: "f", module: "mod" }],
  ["f+0x1/0x2 mm/f.c:7 (C)", { symbol: "f", file: "mm/f.c", line: 7 }],
  ["f+0x1/0x2 (mm/f.c:7 mm/g.h:8) mod (P)", { symbol: "f", file: "mm/g.h", line: 8, module: "mod" }],
  ["f+0x1/0x2 mm/f.c:-1", { symbol: "f", file: "mm/f.c" }],
  ["[<ffffffff814e8be0>] ? 0xffffffffa0000000", { address: 0xffffffffa0000000n, reliable: false }],
])("%j is a frame with a mark or without a line", (text, frame) => {
  expect(parseTraceLine(text)).toMatchObject({ kind: "frame", frame });
});
