import { ImageError } from "../error.ts";
import type { ByteSource } from "../source.ts";
import { Btf } from "../types/btf.ts";
import { SymbolTable } from "./symbol-table.ts";

/** Sections of an ELF file that are read, and bytes of one. */
const MOST_SECTIONS = 2 ** 16;
const MOST_BYTES = 2 ** 27;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const SHT_SYMTAB = 2;
const SHN_ABS = 0xfff1;
/** Kinds of symbols: those of no kind, of data and of functions. */
const KINDS: ReadonlySet<number> = new Set([0, 1, 2]);
/** Flags of sections: writable, executable. */
const SHF_WRITE = 1n;
const SHF_EXECINSTR = 4n;
const KERNEL_HALF = 1n << 63n;

interface Section {
  readonly name: number;
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** The kernel's own ELF file, vmlinux, as linked: its symbols and types. Of the debug information in it nothing is read. */
export class KernelFile {
  private readonly sections: readonly Section[];
  private readonly names: Uint8Array;

  /**
   * Reads the headers.
   *
   * @param path - what messages call it
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it is no ELF file of a 64-bit little-endian machine
   */
  constructor(
    private readonly source: ByteSource,
    private readonly path: string,
  ) {
    const head = this.bytes(0, 64);
    const view = new DataView(head.buffer);
    const isElf = view.getUint32(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1;
    if (!isElf) throw this.wrong("it is no ELF file of a 64-bit little-endian machine");
    const [offset, count, names] = [
      Number(view.getBigUint64(40, true)),
      view.getUint16(60, true),
      view.getUint16(62, true),
    ];
    if (count === 0 || count > MOST_SECTIONS)
      throw this.wrong("it has no sections; give vmlinux, not a compressed image");
    const table = new DataView(this.bytes(offset, count * SECTION_BYTES).buffer);
    this.sections = Array.from({ length: count }, (_, i) => sectionAt(table, i * SECTION_BYTES));
    this.names = this.contents(this.sections[names]);
  }

  /**
   * Its symbols.
   *
   * @param offset - how far KASLR moved the kernel: VMCOREINFO's `KERNELOFFSET`
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it has none, as a stripped file
   */
  symbols(offset = 0n): SymbolTable {
    const table = this.sections.find(({ type }) => type === SHT_SYMTAB);
    if (!table) throw this.wrong("it has no symbols");
    const view = new DataView(this.contents(table).buffer);
    const strings = this.contents(this.sections[table.link]);
    const [addresses, names]: [bigint[], string[]] = [[], []];
    for (let at = SYMBOL_BYTES; at + SYMBOL_BYTES <= view.byteLength; at += SYMBOL_BYTES) {
      const section = view.getUint16(at + 6, true);
      const info = view.getUint8(at + 4);
      const name = KINDS.has(info & 0xf) && section !== 0 ? textAt(strings, view.getUint32(at, true)) : "";
      // Labels of the assembler, and marks of arm64 and riscv64, name nothing.
      if (name === "" || name.startsWith(".L") || name.startsWith("$")) continue;
      const value = view.getBigUint64(at + 8, true);
      addresses.push(value >= KERNEL_HALF && section !== SHN_ABS ? BigInt.asUintN(64, value + offset) : value);
      names.push(`${this.letter(section, info >> 4)}${name}`);
    }
    const end = names.findIndex((name) => name.length === 5 && name.endsWith("_end"));
    return new SymbolTable({ addresses: BigUint64Array.from(addresses), names }, end < 0 ? undefined : addresses[end]);
  }

  /** Its types; `undefined` if it has no BTF. Throws {@link ImageError} `IMAGE_TYPES` if it is damaged. */
  types(): Btf | undefined {
    const section = this.sections.find(({ name }) => textAt(this.names, name) === ".BTF");
    return section && new Btf(this.contents(section));
  }

  /** A symbol's type as System.map has it: capital letters are global. */
  private letter(section: number, binding: number): string {
    const flags = this.sections[section]?.flags;
    const letter = flags === undefined ? "a" : flags & SHF_EXECINSTR ? "t" : flags & SHF_WRITE ? "d" : "r";
    return binding === 0 ? letter : letter.toUpperCase();
  }

  private contents(section: Section | undefined): Uint8Array<ArrayBuffer> {
    if (!section) throw this.wrong("one of its sections is not there");
    return this.bytes(section.offset, section.size);
  }

  private bytes(offset: number, size: number): Uint8Array<ArrayBuffer> {
    if (size > MOST_BYTES) throw this.wrong(`a part of it has ${size} bytes`);
    const bytes = new Uint8Array(size);
    if (offset + size > this.source.size || this.source.read(offset, bytes) < size) throw this.wrong("it is cut off");
    return bytes;
  }

  private wrong(why: string): ImageError {
    return new ImageError("IMAGE_SYMBOLS", `${this.path}: ${why}`);
  }
}

function sectionAt(view: DataView, at: number): Section {
  return {
    name: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    flags: view.getBigUint64(at + 8, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}

function textAt(strings: Uint8Array, offset: number): string {
  if (offset >= strings.length) return "";
  const end = strings.indexOf(0, offset);
  return new TextDecoder("latin1").decode(strings.subarray(offset, end < 0 ? strings.length : end));
}
