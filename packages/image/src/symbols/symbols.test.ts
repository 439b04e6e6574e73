import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SymbolTable, spellPlace, tableOf } from "./symbol-table.ts";
import { parseSystemMap } from "./system-map.ts";

const MAP = `0000000000000000 A __per_cpu_start
ffffffff81000000 T _text
ffffffff81000000 T _stext
ffffffff81000040 t helper
ffffffff81000100 T kfree
ffffffff81000200 B _end
`;

describe("a System.map", () => {
  const symbols = parseSystemMap(MAP, 0x2000000n);

  test("is moved by KASLR, but for what is not in the kernel's half", () => {
    expect(symbols.find("kfree")).toEqual({
      name: "kfree",
      address: 0xffffffff83000100n,
      type: "T",
      module: undefined,
    });
    expect(symbols.find("__per_cpu_start")!.address).toBe(0n);
    expect(symbols.find("absent")).toBeUndefined();
    expect(symbols.size).toBe(6);
  });

  test("names addresses as kallsyms does: of several symbols at one the first, with the bytes to the next", () => {
    const at = (address: bigint) => {
      const place = symbols.at(address);
      return place && spellPlace(place);
    };
    expect(at(0xffffffff83000008n)).toBe("_text+0x8/0x40");
    expect(at(0xffffffff83000100n)).toBe("kfree+0x0/0x100");
    expect(at(0xffffffff83000200n)).toBeUndefined();
    // Far from the last symbol before it.
    expect(at(0xffff888000000000n)).toBeUndefined();
  });

  test("has the names of modules where it is /proc/kallsyms", () => {
    const loaded = parseSystemMap("ffffffffc0001000 t probe\t[rbtree]\n");
    expect(spellPlace(loaded.at(0xffffffffc0001010n)!)).toBe("probe+0x10 [rbtree]");
  });

  test("that shows no addresses is refused", () => {
    for (const text of ["", "none", "0000000000000000 T kfree\n"])
      expect(() => parseSystemMap(text)).toThrow(/no line like ffffffff81000000 T _text/);
  });
});

test("a table finds what a look at each symbol finds", () => {
  const symbol = fc.record({
    address: fc.bigInt({ min: 1n << 63n, max: (1n << 63n) + 64n }),
    name: fc.string({ minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(symbol, { minLength: 1 }),
      fc.bigInt({ min: 1n << 63n, max: (1n << 63n) + 80n }),
      (list, address) => {
        const symbols = list.map((one) => ({ ...one, type: "T", module: undefined }));
        const table = tableOf(symbols);
        const before = symbols.filter((one) => one.address <= address).map((one) => one.address);
        const start = before.reduce((most, one) => (one > most ? one : most), 0n);
        const found = table.at(address);
        expect(found?.symbol.address).toBe(before.length === 0 ? undefined : start);
        expect(found?.symbol.name).toBe(symbols.find((one) => one.address === start)?.name);
      },
    ),
  );
  expect(new SymbolTable({ addresses: new BigUint64Array(0), names: [] }).at(5n)).toBeUndefined();
});
