import fc from "fast-check";
import { expect, test } from "vitest";
import { readLines, textsOf } from "../../test/read.ts";
import { isGuilty } from "../facts/shadow.ts";
import { caretColumn, memoryStateAround, renderMemory } from "./memory.ts";

const granules = fc.constantFrom(8 as const, 16 as const);
const addresses = fc.bigInt({ min: 0xffff800000000000n, max: 0xffffffffffff0000n });

test("the caret stands under the byte of the first bad address's granule", () => {
  fc.assert(
    fc.property(addresses, granules, (firstBad, granule) => {
      const guilty = firstBad - (firstBad % BigInt(granule));
      const state = memoryStateAround(firstBad, granule, (address) => (address === guilty ? 0xfe : 0));
      const texts = renderMemory(state, firstBad).map(({ text }) => text);

      expect(texts).toHaveLength(7);
      const caret = texts[4]!.indexOf("^");
      expect(texts[4]!.trim()).toBe("^");
      expect(texts[3]!.slice(caret, caret + 2)).toBe("fe");
      expect(texts.join("\n").split(" fe")).toHaveLength(2);
      expect(caret).toBe(caretColumn(state.rows[2]!, granule, firstBad));
    }),
  );
});

test("the third of five rows is the guilty one, and rows adjoin", () => {
  fc.assert(
    fc.property(addresses, granules, (firstBad, granule) => {
      const { rows } = memoryStateAround(firstBad, granule, () => 0);
      expect(rows.map((row) => isGuilty(row, granule, firstBad))).toEqual([false, false, true, false, false]);
      const span = BigInt(16 * granule);
      for (const [i, row] of rows.entries()) expect(row.address).toBe(rows[0]!.address + BigInt(i) * span);
      expect(rows[0]!.address % span).toBe(0n);
    }),
  );
});

test("rows of an incomplete log print as far as they go", () => {
  const { rows } = memoryStateAround(0xffff888000000100n, 8, () => 0xfb);
  const texts = renderMemory({ rows: rows.slice(0, 2), granule: 8 }, 0xffff888000000100n).map(({ text }) => text);
  expect(texts).toHaveLength(3);
  expect(texts.every((text) => !text.startsWith(">"))).toBe(true);
});

test("rows are read with their caret, also if mail indented them", () => {
  const firstBad = 0xffff888000000110n;
  const state = memoryStateAround(firstBad, 8, (address) => (address >= firstBad ? 0xfc : 0));
  const texts = textsOf(renderMemory(state, firstBad)).map((text) => `    ${text}`);
  const access = "Read of size 8 at addr ffff888000000108 by task a/1";
  const { fields, roles } = readLines([access, ...texts]);
  expect(fields).toMatchObject({ firstBad, guiltyRow: 0xffff888000000100n, caret: { address: firstBad, exact: true } });
  expect(fields.memory).toEqual(state);
  expect(roles.slice(1)).toEqual([
    "memory-title",
    ...Array(3).fill("memory-row"),
    "caret",
    ...Array(2).fill("memory-row"),
  ]);
});
