import fc from "fast-check";
import { expect, test } from "vitest";
import { allocationFlags } from "./flags.ts";
import { formatKernel } from "./format.ts";
import { needsKernelCode } from "./pointer.ts";
import type { FormatSource } from "./source.ts";

const STRINGS: Record<string, string> = { "4096": "KASAN", "8192": "%d and %s", "12288": "na\xc3\xafve" };

/** What is at some addresses. */
const MEMORY: Readonly<Record<string, Uint8Array>> = {
  "0xb000": Uint8Array.of(2, 0, 0x30, 0x39, 127, 0, 0, 1),
  "0xb100": sockaddr6([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5], 443, 0xf0012345, 7),
  "0xb200": Uint8Array.of(1, 0, 0, 0),
  "0xb300": version6("00000000000000000000ffff7f000001"),
  "0xb310": version6("fe8000000000000000005efe01020304"),
  "0xb320": version6("00000001000000010001000000000001"),
  "0xb330": version6("00000000000000000000000000000001"),
  "0xb340": version6("00010000000000000000000000000000"),
  "0xb350": version6("00000001000200030004000500060007"),
  "0xb400": new TextEncoder().encode('\x1bb \\C\x07"\r]\0\x01'),
  "0xb500": Uint8Array.from(Buffer.from("90", "hex")),
  "0xb600": new Uint8Array(BigUint64Array.of(1546615943n).buffer),
  "0xb610": new Uint8Array(BigInt64Array.of(-62135596801n).buffer),
  "0xb620": new Uint8Array(Int32Array.of(43, 35, 5, 26, 10, 118, 0, 0, 0).buffer),
  "0xb700": new Uint8Array(BigUint64Array.of(0xfee00000n).buffer),
  "0xb800": Uint8Array.of(0xc0, 0x0c, 0, 0, 1, 0, 0, 0),
};

function version6(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** A `struct sockaddr_in6`. */
function sockaddr6(address: number[], port: number, flow: number, scope: number): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 10, true);
  view.setUint16(2, port);
  view.setUint32(4, flow);
  bytes.set(address, 8);
  view.setUint32(24, scope, true);
  return bytes;
}

/** What is at an address: of {@link MEMORY}, from any byte of it on. */
function memory(address: bigint, count: number): Uint8Array | undefined {
  const start = address & ~0xfn;
  const bytes = MEMORY[`0x${start.toString(16)}`] ?? MEMORY[`0x${(start - 16n).toString(16)}`];
  const from = MEMORY[`0x${start.toString(16)}`] ? address - start : address - start + 16n;
  return bytes?.slice(Number(from), Number(from) + count);
}

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
      const known = memory(address, count);
      if (known?.length === count) return known;
      return Uint8Array.from({ length: count }, (_, i) => Number(address & 0xffn) + i);
    },
    symbol: (address) => (address < 0x10000n ? `0x${address.toString(16)}` : "kmalloc+0x1c/0x40 [slab]"),
    list: (address) => source(lists[String(address)] ?? [], lists),
    hashed: (address) => address & 0xfffn,
    structure: (conversion, address) => (address === 0xc000n ? `<${conversion}>` : undefined),
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
  ["%p", 0xffff888000001234n, "0000000000000234"],
  ["[%8p]", 0xffff888000001234n, "[     234]"],
  ["%p", 0n, "0000000000000000"],
  ["%p", -11n, "fffffffffffffff5"],
  ["%pK", 0xffff888000001234n, "0000000000000234"],
  ["%pQ", 0xffff888000001234n, "0000000000000234"],
  ["%px", 0x1234n, "0000000000001234"],
  ["[%8px]", 0x1234n, "[    1234]"],
  ["[%-8px]", 0x1234n, "[1234    ]"],
  ["%#px", 0x1234n, "0x00000000001234"],
  ["%pK", 0x1234n, "0000000000000234"],
  ["%pOFfoo!", 0x1234n, "(%pOFfoo?)!"],
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
  ["%pe", 0x1234n, "0000000000000234"],
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
  ["%pIS", 0xb000n, "127.0.0.1"],
  ["%piS", 0xb000n, "127.000.000.001"],
  ["%pISpc", 0xb000n, "127.0.0.1:12345"],
  ["%pIShp", 0xb000n, "1.0.0.127:12345"],
  ["%pIS", 0xb100n, "2001:0db8:0000:0000:0000:0001:0000:0005"],
  ["%piS", 0xb100n, "20010db8000000000000000100000005"],
  ["%pISc", 0xb100n, "2001:db8::1:0:5"],
  ["%pISpc", 0xb100n, "[2001:db8::1:0:5]:443"],
  ["%pISpfsc", 0xb100n, "[2001:db8::1:0:5]:443/74565%7"],
  ["%pIS", 0xb200n, "(einval)"],
  ["%pIS", 0n, "(null)"],
  ["%pIx", 0xb000n, "(%pI?)"],
  ["%pI6c", 0xb300n, "::ffff:127.0.0.1"],
  ["%pI6c", 0xb310n, "fe80::5efe:1.2.3.4"],
  ["%pI6c", 0xb320n, "0:1:0:1:1::1"],
  ["%pI6c", 0xb330n, "::1"],
  ["%pI6c", 0xb340n, "1::"],
  ["%pI6c", 0xb350n, "0:1:2:3:4:5:6:7"],
  ["%pi6c", 0xb330n, "00000000000000000000000000000001"],
  ["[%20pI4]", 0xb004n, "[           127.0.0.1]"],
  ["%10pE", 0xb400n, '\\eb \\C\\a"\\r]\\0'],
  ["%10pEhp", 0xb400n, '\\x1bb \\C\\x07"\\x0d]\\x00'],
  ["%5pEa", 0xb400n, "\\e\\142\\040\\\\\\103"],
  ["%pE", 0xb500n, "\\220"],
  ["%pE", 0n, "(null)"],
  ["%ptT", 0xb600n, "2019-01-04T15:32:23"],
  ["%ptTr", 0xb600n, "0119-00-04T15:32:23"],
  ["%ptTdrs", 0xb600n, "0119-00-04"],
  ["%ptTts", 0xb600n, "15:32:23"],
  ["%ptTs", 0xb600n, "2019-01-04 15:32:23"],
  ["%ptT", 0xb610n, "0000-12-31T23:59:59"],
  ["%ptR", 0xb620n, "2018-11-26T05:35:43"],
  ["%ptRrt", 0xb620n, "0118-10-26T05:35:43"],
  ["%ptRd tr", 0xb620n, "2018-11-26 tr"],
  ["%pa", 0xb700n, "0x00000000fee00000"],
  ["%pap", 0xb700n, "0x00000000fee00000"],
  ["%pad", 0xb700n, "0x00000000fee00000"],
  ["%pNF", 0xb700n, "0x00000000fee00000"],
  ["%pNx", 0xb700n, "(%pN?)"],
  ["%pGg", 0xb800n, "GFP_KERNEL"],
  // A kernel's own code comes first, with the whole conversion; without it, the text says what is missing.
  ["%-20pR|", 0xc000n, "<%-20pR>|"],
  ["%.3pd4", 0xc000n, "<%.3pd4>"],
  ["%pGg", 0xc000n, "<%pGg>"],
  ["%pR", 0x1234n, "(%pR?)"],
  ["[%10pGp]", 0x1234n, "[   (%pGp?)]"],
  ["%pd", 0n, "(null)"],
  ["%ptS", 0x1234n, "(%ptS?)"],
  ["%p4ch", 0x1234n, "(%p4ch?)"],
  ["%pV", 0n, "(null)"],
])("%s of %d", (format, at, expected) => {
  expect(printf(format, at)).toBe(expected);
});

test("a length of hex bytes given as an argument may be 0", () => {
  expect(printf("[%*ph|%*ph]", 0, 0x2001n, 2, 0x2001n)).toBe("[|01 02]");
  expect(printf("%*phN", 1000, 0x2000n).length).toBe(128);
});

test.each([
  ["%pR and %d", true],
  ["%-*pd4", true],
  ["%*pOFfp", true],
  ["%pGg", true],
  ["%p4ch", true],
  ["%ptSp", true],
  ["%p %px %pS %pI4 %pISpc %ptT %p4cc %pV %pe %*pbl", false],
  ["100%", false],
])("a kernel's code prints a part of %s: %s", (format, expected) => {
  expect(needsKernelCode(format)).toBe(expected);
});

test.each<[bigint, string]>([
  [0x120n, "__GFP_HIGH|__GFP_ZERO"],
  [0x821n, "GFP_ATOMIC|GFP_DMA"],
  [0xdc0n, "GFP_KERNEL|__GFP_ZERO"],
  [0x43c24can, "GFP_TRANSHUGE|__GFP_THISNODE|0x4000000"],
  [0n, ""],
])("flags of allocations: %x", (flags, names) => {
  expect(allocationFlags(flags)).toBe(names);
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
