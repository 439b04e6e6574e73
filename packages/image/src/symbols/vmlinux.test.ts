import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImageError } from "../error.ts";
import { MemorySource } from "../source.ts";
import { KernelFile } from "./vmlinux.ts";

const NAMES = "\0.symtab\0.strtab\0.text\0.data\0";
const STRINGS = "\0kfree\0helper\0jiffies\0_end\0.Lhere\0absolute\0file.c\0";

/** A vmlinux with code, data and symbols: sections 1 (code), 2 (data), 3 (symbols), 4 (their names), 5 (sections' names). */
function vmlinux(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2048);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, 64n, true);
  view.setUint16(60, 6, true);
  view.setUint16(62, 5, true);
  const section = (index: number, name: string, type: number, flags: bigint, at: number, size: number, link = 0) => {
    const start = 64 + index * 64;
    view.setUint32(start, NAMES.indexOf(name), true);
    view.setUint32(start + 4, type, true);
    view.setBigUint64(start + 8, flags, true);
    view.setBigUint64(start + 24, BigInt(at), true);
    view.setBigUint64(start + 32, BigInt(size), true);
    view.setUint32(start + 40, link, true);
  };
  const symbols: [name: string, info: number, section: number, value: bigint][] = [
    ["kfree", 0x12, 1, 0xffffffff81000100n],
    ["helper", 0x02, 1, 0xffffffff81000040n],
    ["jiffies", 0x11, 2, 0xffffffff81200000n],
    ["_end", 0x10, 2, 0xffffffff81300000n],
    [".Lhere", 0x00, 1, 0xffffffff81000008n],
    ["absolute", 0x10, 0xfff1, 0xffffffff80000000n],
    ["file.c", 0x04, 0xfff1, 0n],
    ["kfree", 0x12, 0, 0n],
  ];
  section(1, ".text", 1, 6n, 0, 0);
  section(2, ".data", 1, 3n, 0, 0);
  section(3, ".symtab", 2, 0n, 512, (symbols.length + 1) * 24, 4);
  section(4, ".strtab", 3, 0n, 1024, STRINGS.length);
  section(5, ".strtab", 3, 0n, 1200, NAMES.length);
  symbols.forEach(([name, info, index, value], i) => {
    const start = 512 + (i + 1) * 24;
    view.setUint32(start, STRINGS.indexOf(`\0${name}\0`) + 1, true);
    view.setUint8(start + 4, info);
    view.setUint16(start + 6, index, true);
    view.setBigUint64(start + 8, value, true);
  });
  bytes.set(new TextEncoder().encode(STRINGS), 1024);
  bytes.set(new TextEncoder().encode(NAMES), 1200);
  return bytes;
}

const open = (bytes: Uint8Array) => new KernelFile(new MemorySource(bytes), "vmlinux");

describe("a vmlinux", () => {
  test("has symbols, which KASLR moves", () => {
    const symbols = Array.from(
      open(vmlinux()).symbols(0x1000000n),
      ({ address, type, name }) => `${address.toString(16)} ${type} ${name}`,
    );
    expect(symbols).toEqual([
      "ffffffff80000000 A absolute",
      "ffffffff82000040 t helper",
      "ffffffff82000100 T kfree",
      "ffffffff82200000 D jiffies",
      "ffffffff82300000 D _end",
    ]);
    expect(open(vmlinux()).symbols().at(0xffffffff81300008n)).toBeUndefined();
    expect(open(vmlinux()).types()).toBeUndefined();
  });

  test("that is none is refused, in one line", () => {
    expect(() => open(new Uint8Array(10))).toThrow("vmlinux: it is no ELF file");
    expect(() => open(vmlinux().subarray(0, 100))).toThrow("vmlinux: it is cut off");
    expect(() => open(new Uint8Array(100))).toThrow(
      "vmlinux: it is no ELF file of a 64-bit little-endian machine; give an uncompressed vmlinux",
    );
    const stripped = vmlinux();
    new DataView(stripped.buffer).setUint32(64 + 3 * 64 + 4, 1, true);
    expect(() => open(stripped).symbols()).toThrow("vmlinux: it has no symbols: it was stripped");
  });

  test("that is damaged gives what makes sense, or an error of its own", () => {
    const change = fc.tuple(fc.nat(2047), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const bytes = vmlinux();
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          const file = open(bytes);
          for (const { name } of file.symbols()) expect(name).not.toBe("");
          file.types();
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
