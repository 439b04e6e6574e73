import fc from "fast-check";
import { expect, test } from "vitest";
import { ReportError } from "../error.ts";
import { encodeLog, LogDecoder } from "./text.ts";

function decodeAll(chunks: readonly Uint8Array[]): string {
  const decoder = new LogDecoder();
  return chunks.map((chunk) => decoder.decode(chunk)).join("") + decoder.end();
}

test("any bytes, cut anywhere, come back", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc
      .constantFrom([0xff, 0xfe], [0xfe, 0xff], [0x41, 0], [0, 0x41], [0xd8], [0xdc], [0xdd, 0])
      .map((few) => Uint8Array.from(few)),
  );
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 8 }), (chunks) => {
      const all = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
      expect(encodeLog(decodeAll(chunks))).toEqual(all);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["a mark of UTF-16 and one byte", [0xff, 0xfe, 0]],
  ["a mark alone", [0xfe, 0xff]],
  ["UTF-16 that ends with half a pair", [0xff, 0xfe, 0x80, 0xdc]],
  ["UTF-16 that ends with the character that ends a whole text", [0xff, 0xfe, 0x00, 0xdd]],
  ["UTF-16 that ends with a first half and an odd byte", [0xff, 0xfe, 0x00, 0xd8, 0x41]],
  ["UTF-16 of a pair whose second half looks like an odd byte", [0xff, 0xfe, 0x00, 0xd8, 0x41, 0xdc]],
])("%s comes back", (_, bytes) => {
  expect(encodeLog(decodeAll([Uint8Array.from(bytes)]))).toEqual(Uint8Array.from(bytes));
});

test("characters that a chunk's end cuts in two are whole", () => {
  const bytes = new TextEncoder().encode("\ufeffaé€😀");
  expect(decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toBe("\ufeffaé€😀");
});

test("a byte that is no UTF-8 does not change the text around it", () => {
  expect(decodeAll([Uint8Array.of(0x61, 0xff, 0x62)])).toMatch(/^a.b$/);
});

test("what is neither text nor bytes is refused", () => {
  expect(() => new LogDecoder().decode(5 as never)).toThrow(ReportError);
});
