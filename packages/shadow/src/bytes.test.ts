import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";

test("pieces follow each other, and are copied", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      expect([...concatBytes(pieces)]).toEqual(pieces.flatMap((piece) => [...piece]));
    }),
  );
  const piece = Uint8Array.of(1, 2);
  const all = concatBytes([piece]);
  piece[0] = 3;
  expect(all[0]).toBe(1);
});
