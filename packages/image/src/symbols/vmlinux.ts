import type { ByteSource } from "../source.ts";
import { Btf } from "../types/btf.ts";
import { ElfFile, type ElfSymbol } from "./elf-file.ts";
import { SymbolTable } from "./symbol-table.ts";

const SHN_ABS = 0xfff1;
/** Types of symbols: those of no type, of data and of functions. */
const TYPES: ReadonlySet<number> = new Set([0, 1, 2]);
/** Flags of sections: writable, executable. */
const SHF_WRITE = 1n;
const SHF_EXECINSTR = 4n;
const KERNEL_HALF = 1n << 63n;

/** The kernel's own ELF file, vmlinux, as linked: its symbols and types. Of the debug information in it nothing is read. */
export class KernelFile {
  private readonly elf: ElfFile;

  /**
   * Reads the headers.
   *
   * @param path - what messages call it
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it is no ELF file of a 64-bit little-endian machine
   */
  constructor(source: ByteSource, path: string) {
    this.elf = new ElfFile(source, path);
  }

  /**
   * Its symbols.
   *
   * @param offset - how far KASLR moved the kernel: VMCOREINFO's `KERNELOFFSET`
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it has none, as a stripped file
   */
  symbols(offset = 0n): SymbolTable {
    const [addresses, names]: [bigint[], string[]] = [[], []];
    for (const symbol of this.elf.symbols()) {
      const { name, address, section, type } = symbol;
      // Labels of the assembler, and marks of arm64 and riscv64, name nothing.
      if (!TYPES.has(type) || name === "" || name.startsWith(".L") || name.startsWith("$")) continue;
      const moves = address >= KERNEL_HALF && section !== SHN_ABS;
      addresses.push(moves ? BigInt.asUintN(64, address + offset) : address);
      names.push(`${this.letter(symbol)}${name}`);
    }
    const end = names.findIndex((name) => name.length === 5 && name.endsWith("_end"));
    return new SymbolTable({ addresses: BigUint64Array.from(addresses), names }, end < 0 ? undefined : addresses[end]);
  }

  /** Its types; `undefined` if it has no BTF. Throws {@link ImageError} `IMAGE_TYPES` if it is damaged. */
  types(): Btf | undefined {
    const section = this.elf.sectionNamed(".BTF");
    return section && new Btf(section);
  }

  /** A symbol's type as System.map has it: capital letters are global. */
  private letter({ section, binding }: ElfSymbol): string {
    const flags = this.elf.section(section)?.flags;
    const letter = flags === undefined ? "a" : flags & SHF_EXECINSTR ? "t" : flags & SHF_WRITE ? "d" : "r";
    return binding === 0 ? letter : letter.toUpperCase();
  }
}
