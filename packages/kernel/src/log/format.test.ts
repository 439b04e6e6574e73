import fc from "fast-check";
import { expect, test } from "vitest";
import { type FormatSource, formatKernel } from "./format.ts";

const STRINGS: Record<string, string> = { "4096": "KASAN", "8192": "%d and %s", "12288": "na\xc3\xafve" };

/** Arguments in order; strings at the addresses above; bytes at any address count up from its low byte. */
function source(args: (bigint | number)[], lists: Record<string, (bigint | number)[]> = {}): FormatSource {
  let next = 0;
  return {
    next: (bytes) => BigInt.asUintN(bytes * 8, BigInt(args[next++] ?? 0)),
    string: (address, limit) => (STRINGS[String(address)] ?? "?").slice(0, limit),
    bytes: (address, count) => {
      if (address === 0x9000n) return new Uint8Array(BigUint64Array.of(8192n, 0x9100n).buffer).slice(0, count);
      if (address === 0x9100n) return new Uint8Array(BigUint64Array.of(0x9200n).buffer);
      if (address === 0xa000n) return new Uint8Array(BigUint64Array.of(0xa100n, 0xa200n).buffer).slice(0, count);
      return Uint8Array.from({ length: count }, (_, i) => Number(address & 0xffn) + i);
    },
    symbol: (address) => (address < 0x10000n ? `0x${address.toString(16)}` : "kmalloc+0x1c/0x40 [slab]"),
    list: (address) => source(lists[String(address)] ?? [], lists),
  };
}
const printf = (format: string, ...args: (bigint | number)[]) => formatKernel(format, source(args));

test.each<[string, (bigint | number)[], string]>([
  ["plain text", [], "plain text"],
  ["100%% %d", [7], "100% 7"],
  ["%d %i", [-1, 2147483647], "-1 2147483647"],
  ["%u", [-1], "4294967295"],
  ["%x %X %o", [0xbeef, 0xbeef, 8], "beef BEEF 10"],
  ["%hhd %hhu %hd %hu", [0x1ff, 0x1ff, 0x18000, 0x18000], "-1 255 -32768 32768"],
  ["%ld %lu %llx", [-5n, -1n, -1n], "-5 18446744073709551615 ffffffffffffffff"],
  ["%zu %zd %td %Lx", [1n, -1n, -2n, 3n], "1 -1 -2 3"],
  ["[%5d|%-5d|%05d]", [42, 42, 42], "[   42|42   |00042]"],
  ["[%+d|% d|%+d]", [42, 42, -42], "[+42| 42|-42]"],
  ["[%+u|% x]", [42, 42], "[42|2a]"],
  ["[%05d|%+05d|%-05d]", [-42, 42, 42], "[-0042|+0042|42   ]"],
  ["[%.3d|%5.3d|%-5.3d]", [7, 7, 7], "[007|  007|007  ]"],
  ["[%08.3d]", [7], "[00000007]"],
  ["[%.0d]", [0], "[0]"],
  ["%#x %#X %#o %#x %#o", [255, 255, 8, 0, 0], "0xff 0XFF 010 0x0 0"],
  ["[%#8x|%#08x|%-#8x]", [255, 255, 255], "[    0xff|0x0000ff|0xff    ]"],
  ["[%*d|%-*d|%*d]", [5, 42, 5, 42, -5, 42], "[   42|42   |42   ]"],
  ["[%.*d|%.*d]", [4, 42, -1, 42], "[0042|42]"],
  ["%c%c[%3c|%-3c]", [0x4b, 0x141, 0x41, 0x41], "KA[  A|A  ]"],
  ["%s [%8s|%-8s|%.2s|%.0s|%.s]", [4096n, 4096n, 4096n, 4096n, 4096n, 4096n], "KASAN [   KASAN|KASAN   |KA||KASAN]"],
  ["[%s|%8s|%.3s]", [0n, 0n, 0n], "[(null)|  (null)|(nu]"],
  ["%s %s %s", [1n, 4095n, 2n ** 64n - 12n], "(efault) (efault) (efault)"],
  ["%.*s", [3, 12288n], "na\xc3"],
  ["%*pb|%*pbl", [10, 0x2010n, 10, 0x2010n], "110|4,8"],
  ["%*pb", [40, 0x2001n], "05,04030201"],
  ["[%*pbl]", [0, 0x2001n], "[]"],
  [
    "%pM %pMF %pMR %pm",
    [0x2010n, 0x2010n, 0x2010n, 0x2010n],
    "10:11:12:13:14:15 10-11-12-13-14-15 15:14:13:12:11:10 101112131415",
  ],
  ["%pI4 %pi4", [0x2001n, 0x2001n], "1.2.3.4 001.002.003.004"],
  ["%pI6 %pi6", [0x2001n, 0x2001n], "0102:0304:0506:0708:090a:0b0c:0d0e:0f10 0102030405060708090a0b0c0d0e0f10"],
  ["%pI6c", [0x2001n], "102:304:506:708:90a:b0c:d0e:f10"],
  ["%p4cc", [0x2041n], "ABCD little-endian (0x44434241)"],
])("%s", (format, args, expected) => {
  expect(printf(format, ...args)).toBe(expected);
});

test.each<[string, bigint, string]>([
  ["%p", 0xffff888000001000n, "ffff888000001000"],
  ["%p", 0n, "0000000000000000"],
  ["%px", 0x1234n, "0000000000001234"],
  ["[%8px]", 0x1234n, "[    1234]"],
  ["[%-8p]", 0x1234n, "[1234    ]"],
  ["%#p", 0x1234n, "0x00000000001234"],
  ["%pK", 0x1234n, "0000000000001234"],
  ["%pOFfoo!", 0x1234n, "0000000000001234!"],
  ["%pS", 2n ** 32n, "kmalloc+0x1c/0x40 [slab]"],
  ["%pS", 0x1234n, "0x1234"],
  ["%ps", 2n ** 32n, "kmalloc [slab]"],
  ["[%-26pB]", 2n ** 32n, "[kmalloc+0x1c/0x40 [slab]  ]"],
  ["%pe", -12n, "-ENOMEM"],
  ["%pe", -95n, "-EOPNOTSUPP"],
  ["%pe", -517n, "-EPROBE_DEFER"],
  ["%pe", -133n, "-EHWPOISON"],
  ["%pe", -530n, "-ERECALLCONFLICT"],
  ["%pe", -58n, "-58"],
  ["[%10pe]", -5n, "[      -EIO]"],
  ["%pe", 0x1234n, "0000000000001234"],
  ["%ph", 0x2001n, "01"],
  ["%4ph", 0x2001n, "01 02 03 04"],
  ["%3phC", 0x20fen, "fe:ff:00"],
  ["%3phD", 0x2001n, "01-02-03"],
  ["%3phN", 0x2001n, "010203"],
  ["[%0ph]", 0x2001n, "[01]"],
  ["%4ph", 0n, "(null)"],
  ["%pUb", 0x20a0n, "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"],
  ["%pUL", 0x20a0n, "A3A2A1A0-A5A4-A7A6-A8A9-AAABACADAEAF"],
  ["%pUb", 0n, "(null)"],
  ["%pV", 0n, "(null)"],
])("%s of %d", (format, at, expected) => {
  expect(printf(format, at)).toBe(expected);
});

test("a length of hex bytes given as an argument may be 0", () => {
  expect(printf("[%*ph|%*ph]", 0, 0x2001n, 2, 0x2001n)).toBe("[|01 02]");
  expect(printf("%*phN", 1000, 0x2000n).length).toBe(128);
});

test("%pV formats with a format and arguments of its own, then goes on", () => {
  const lists = { [String(0x9200n)]: [7, 4096n] };
  expect(formatKernel("<%pV> %d", source([0x9000n, 5], lists))).toBe("<7 and KASAN> 5");
});

test("%pV inside itself comes to an end", () => {
  STRINGS[String(0xa100n)] = "a%pV";
  const around: Record<string, bigint[]> = { "0": [0xa000n] };
  const list = new Proxy(around, { get: () => [0xa000n] });
  expect(formatKernel("%pV", source([0xa000n], list))).toBe("aaaa");
});

test("an unknown conversion ends formatting, and what follows can be seen", () => {
  expect(printf("%d %f %d\n", 1, 2, 3)).toBe("1 %f %d\n");
  expect(printf("%n%d", 1)).toBe("%n%d");
  expect(printf("50%", 1)).toBe("50%");
  expect(printf("%-", 1)).toBe("%-");
});

test("widths, precisions and texts are bounded", () => {
  expect(printf("%999999999d", 1).length).toBe(4096);
  expect(printf("%*d", 0x7fffffff, 1).length).toBe(4096);
  expect(printf("%*d", -0x80000000, 1).length).toBe(4096);
  expect(printf("%.999999999d", 1).length).toBe(4096);
  expect(printf("%4096d".repeat(600)).length).toBe(2 ** 20);
});

test("no format and no arguments make it throw", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "%",
      "%p",
      "%*",
      "%.*",
      "%-#0+ ",
      "%5.3",
      "%hh",
      "%ll",
      "d",
      "s",
      "x",
      "pV",
      "ph",
      "pUl",
      "pe",
      "c",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      (format, args) => {
        expect(typeof printf(format, ...args)).toBe("string");
      },
    ),
    { numRuns: 1000 },
  );
});

test("decimal numbers of any width are C's", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: 30 }),
      fc.boolean(),
      (value, width, left) => {
        const expected = left ? String(value).padEnd(width) : String(value).padStart(width);
        expect(printf(`%${left ? "-" : ""}${width || ""}d`, value)).toBe(expected);
        expect(printf("%lld", BigInt(value))).toBe(String(value));
      },
    ),
  );
});
