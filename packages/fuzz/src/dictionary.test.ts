import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDictionary } from "./dictionary.ts";
import { FuzzError } from "./error.ts";

describe("a dictionary", () => {
  it("has values with and without names, each once", () => {
    const text = '# header\n\nmagic="\\x4eSAK"\n"plain"\r\nlevel@2 = "a\\"b\\\\c\\n"\nagain="plain"\n"\\0é"';
    expect(parseDictionary(text).map((value) => [...value])).toEqual([
      [0x4e, 0x53, 0x41, 0x4b],
      [...Buffer.from("plain")],
      [...Buffer.from('a"b\\c\n')],
      [0, 0xc3, 0xa9],
    ]);
  });

  it.each([
    ['ok="a"\nbad', "words.dict:2: not an entry"],
    ['x="\\q"', "words.dict:1: \\q is no escape; there are"],
    ['x="\\x4"', "words.dict:1: \\x4"],
    ['x=""', "words.dict:1: an empty value"],
    ['x="a"b"', "words.dict:1: a quote in a value"],
    ['x="a\\"', "words.dict:1: \\ is no escape"],
  ])("names the line that is wrong: %j", (text, message) => {
    expect(() => parseDictionary(text, "words.dict")).toThrow(message);
  });

  it("takes any bytes as escapes, and throws nothing but its own errors", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
        const escaped = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
        expect(parseDictionary(`w="${escaped}"`)).toEqual([bytes]);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("\\", '"', "x", "4", "=", "a", " ", "\n", "@") }), (text) => {
        try {
          for (const value of parseDictionary(text)) expect(value.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(FuzzError);
        }
      }),
    );
  });
});
