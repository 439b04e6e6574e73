import { ImageError } from "../error.ts";
import type { ByteSource } from "../source.ts";

/** Sections of an ELF file that are read, and bytes of one. */
const MOST_SECTIONS = 2 ** 16;
const MOST_BYTES = 2 ** 27;
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const SHT_SYMTAB = 2;

/** A section of an ELF file (ELF-64 Object File Format, section 4). */
export interface ElfSection {
  /** Its name, as an offset in the table of sections' names. */
  readonly name: number;
  /** `sh_type`. */
  readonly type: number;
  /** `sh_flags`: 1 writable, 2 in memory, 4 code. */
  readonly flags: bigint;
  /** Bytes before it in the file. */
  readonly offset: number;
  /** Its bytes. */
  readonly size: number;
  /** `sh_link`: the index of a section that belongs to it. */
  readonly link: number;
}

/** A symbol of an ELF file that is defined in it (ELF-64 Object File Format, section 5). */
export interface ElfSymbol {
  /** Its name; "" if it has none. */
  readonly name: string;
  /** `st_value`: in an executable its address. */
  readonly address: bigint;
  /** `st_size`: its bytes. */
  readonly size: number;
  /** Its type: 0 none, 1 data, 2 a function, 3 a section, 4 a file. */
  readonly type: number;
  /** Its binding: 0 local, 1 global, 2 weak. */
  readonly binding: number;
  /** The index of its section; 0xfff1 if its value is no address. */
  readonly section: number;
}

/** An ELF file of a 64-bit little-endian machine: its sections and symbols. Bytes are read when they are asked for. */
export class ElfFile {
  private readonly sections: readonly ElfSection[];
  private readonly names: Uint8Array;

  /**
   * Reads the headers.
   *
   * @param path - what messages call it
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it is no such file, or has no sections
   */
  constructor(
    private readonly source: ByteSource,
    private readonly path: string,
  ) {
    const head = new Uint8Array(HEADER_BYTES);
    const view = new DataView(head.buffer);
    const isElf =
      source.read(0, head) === HEADER_BYTES && view.getUint32(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1;
    if (!isElf) throw this.wrong("it is no ELF file of a 64-bit little-endian machine; give an uncompressed vmlinux");
    const [offset, count, names] = [
      Number(view.getBigUint64(40, true)),
      view.getUint16(60, true),
      view.getUint16(62, true),
    ];
    if (count === 0 || count > MOST_SECTIONS)
      throw this.wrong("it has no sections; give vmlinux, not a compressed image");
    const table = new DataView(this.bytes(offset, count * SECTION_BYTES).buffer);
    this.sections = Array.from({ length: count }, (_, i) => sectionAt(table, i * SECTION_BYTES));
    this.names = this.contents(names);
  }

  /** The section at an index; `undefined` if there is none. */
  section(index: number): ElfSection | undefined {
    return this.sections[index];
  }

  /**
   * The bytes of the first section of a name; `undefined` if there is none.
   *
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it is cut off
   */
  sectionNamed(name: string): Uint8Array<ArrayBuffer> | undefined {
    const index = this.sections.findIndex((section) => textAt(this.names, section.name) === name);
    return index < 0 ? undefined : this.contents(index);
  }

  /**
   * The symbols that are defined in it, in its order.
   *
   * @throws {@link ImageError} `IMAGE_SYMBOLS` if it has none, as a stripped file, or is cut off
   */
  *symbols(): Generator<ElfSymbol> {
    const index = this.sections.findIndex(({ type }) => type === SHT_SYMTAB);
    if (index < 0) throw this.wrong("it has no symbols: it was stripped");
    const view = new DataView(this.contents(index).buffer);
    const strings = this.contents(this.sections[index]!.link);
    for (let at = SYMBOL_BYTES; at + SYMBOL_BYTES <= view.byteLength; at += SYMBOL_BYTES) {
      const section = view.getUint16(at + 6, true);
      if (section === 0) continue;
      const info = view.getUint8(at + 4);
      yield {
        name: textAt(strings, view.getUint32(at, true)),
        address: view.getBigUint64(at + 8, true),
        size: Number(view.getBigUint64(at + 16, true)),
        type: info & 0xf,
        binding: info >> 4,
        section,
      };
    }
  }

  private contents(index: number): Uint8Array<ArrayBuffer> {
    const section = this.sections[index];
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

function sectionAt(view: DataView, at: number): ElfSection {
  return {
    name: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    flags: view.getBigUint64(at + 8, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}

const decoder = new TextDecoder("latin1");

function textAt(strings: Uint8Array, offset: number): string {
  if (offset >= strings.length) return "";
  const end = strings.indexOf(0, offset);
  return decoder.decode(strings.subarray(offset, end < 0 ? strings.length : end));
}
