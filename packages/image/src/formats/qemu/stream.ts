import { ImageError } from "../../error.ts";
import { Reader } from "../../reader.ts";
import type { ByteSource } from "../../source.ts";
import { PageIndex } from "./page-index.ts";

/** Kinds of sections (QEMU's migration/savevm.c, docs/devel/migration). */
const QEMU_VM_EOF = 0x00;
const QEMU_VM_SECTION_START = 0x01;
const QEMU_VM_SECTION_PART = 0x02;
const QEMU_VM_SECTION_END = 0x03;
const QEMU_VM_SECTION_FULL = 0x04;
const QEMU_VM_SUBSECTION = 0x05;
const QEMU_VM_CONFIGURATION = 0x07;
const QEMU_VM_COMMAND = 0x08;
const QEMU_VM_SECTION_FOOTER = 0x7e;

/** Flags in the low bits of a page's address (migration/ram.c). */
const RAM_SAVE_FLAG_ZERO = 0x02;
const RAM_SAVE_FLAG_MEM_SIZE = 0x04;
const RAM_SAVE_FLAG_PAGE = 0x08;
const RAM_SAVE_FLAG_EOS = 0x10;
const RAM_SAVE_FLAG_CONTINUE = 0x20;
const RAM_SAVE_FLAGS = 0xfff;

/** Blocks of RAM, with those of devices, that a machine may have. */
const MOST_BLOCKS = 1024;
const PAGE = 4096;

/** A block of RAM, as QEMU names it, and its pages. */
export interface RamBlock {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly pages: PageIndex;
}

/** What a migration stream has: the machine's type, and its blocks of RAM. */
export interface Migration {
  /** Its type: `pc-q35-7.2`; empty if it is not said. */
  readonly machine: string;
  readonly blocks: readonly RamBlock[];
  /** Whether the stream ends before all RAM was sent. */
  readonly isCut: boolean;
}

/**
 * Reads a migration stream of QEMU, as far as its RAM goes: what devices send comes after it.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT`
 */
export function readMigration(source: ByteSource, path: string): Migration {
  return new StreamReader(source, path).read();
}

/** Thrown where the stream ends. */
class EndOfStream extends Error {}

class StreamReader {
  private readonly reader: Reader;
  private at = 0;
  private machine = "";
  private readonly blocks: RamBlock[] = [];
  private readonly byName = new Map<string, RamBlock>();
  private block: RamBlock | undefined;

  constructor(
    source: ByteSource,
    private readonly path: string,
  ) {
    this.reader = new Reader(source);
  }

  read(): Migration {
    let isCut = false;
    try {
      this.header();
      while (this.section());
    } catch (error) {
      if (!(error instanceof EndOfStream)) throw error;
      isCut = true;
    }
    return { machine: this.machine, blocks: this.blocks, isCut };
  }

  private header(): void {
    this.at = 4;
    const version = this.u32();
    if (version !== 3) throw this.refuse(`a migration stream of version ${version}; known is 3`);
  }

  /** Reads a section. Returns whether there can be RAM after it. */
  private section(): boolean {
    const kind = this.u8();
    switch (kind) {
      case QEMU_VM_EOF:
      case QEMU_VM_SECTION_FULL:
        return false;
      case QEMU_VM_CONFIGURATION:
        this.machine = this.text(this.u32());
        return true;
      case QEMU_VM_SUBSECTION:
        this.subsection();
        return true;
      case QEMU_VM_COMMAND:
        this.skip(2);
        this.skip(this.u16());
        return true;
      case QEMU_VM_SECTION_START:
        this.start();
        this.ram();
        return true;
      case QEMU_VM_SECTION_PART:
      case QEMU_VM_SECTION_END:
        this.skip(4);
        this.ram();
        return true;
      case QEMU_VM_SECTION_FOOTER:
        this.skip(4);
        return true;
      default:
        throw this.refuse(`a migration stream with a section of the unknown kind ${kind}`);
    }
  }

  /** A part of the configuration. */
  private subsection(): void {
    const name = this.name();
    this.skip(4);
    if (name === "configuration/target-page-bits") this.skip(4);
    else if (name === "configuration/capabilities") {
      for (let left = Math.min(this.u32(), MOST_BLOCKS); left > 0; left--) this.refuseCapability(this.name());
    } else throw this.refuse(`a migration stream with ${JSON.stringify(name)}, which is not known`);
  }

  private refuseCapability(name: string): void {
    if (name === "mapped-ram" || name === "multifd")
      throw this.refuse(`a migration stream with the capability ${name}, which nothing here reads; save it without`);
  }

  private start(): void {
    this.skip(4);
    const name = this.name();
    this.skip(8);
    if (name !== "ram") throw this.refuse(`a migration stream with ${JSON.stringify(name)}, which nothing here reads`);
  }

  /** Reads what was sent of RAM, up to the end of a section. */
  private ram(): void {
    for (;;) {
      const word = this.u64();
      const flags = Number(word & BigInt(RAM_SAVE_FLAGS));
      const address = Number(word) - flags;
      if (flags & RAM_SAVE_FLAG_EOS) return;
      if (flags & RAM_SAVE_FLAG_MEM_SIZE) this.sizes(address);
      else if (flags & (RAM_SAVE_FLAG_PAGE | RAM_SAVE_FLAG_ZERO)) this.page(address, flags);
      else
        throw this.refuse(
          `a migration stream whose pages are compressed (flags 0x${flags.toString(16)}), which nothing here reads`,
        );
    }
  }

  /** The blocks' names and sizes. */
  private sizes(total: number): void {
    for (let left = total; left > 0; ) {
      const name = this.name();
      const size = Number(this.u64());
      if (this.blocks.length >= MOST_BLOCKS || size > left)
        throw this.refuse("a migration stream whose list of RAM is damaged");
      left -= size;
      if (size === 0) continue;
      const block = { name, size, pages: new PageIndex() };
      this.blocks.push(block);
      this.byName.set(name, block);
    }
  }

  private page(address: number, flags: number): void {
    if (!(flags & RAM_SAVE_FLAG_CONTINUE)) this.block = this.byName.get(this.name());
    const { block } = this;
    if (block === undefined || address >= block.size)
      throw this.refuse(`a migration stream that is damaged at 0x${this.at.toString(16)}`);
    const isZero = (flags & RAM_SAVE_FLAG_ZERO) !== 0;
    const page = address / PAGE;
    const kept = isZero ? block.pages.setFilled(page, this.u8()) : block.pages.setData(page, this.at);
    if (!kept) throw this.refuse("a migration stream of more RAM than fits into an index; dump it with --memory-only");
    if (!isZero) this.skip(PAGE);
  }

  private refuse(why: string): ImageError {
    return new ImageError("IMAGE_FORMAT", `${this.path}: ${why}`);
  }

  private view(size: number): DataView {
    const view = this.reader.at(this.at, size);
    if (view === undefined) throw new EndOfStream();
    this.at += size;
    return view;
  }

  private skip(size: number): void {
    this.at += size;
  }

  private u8(): number {
    return this.view(1).getUint8(0);
  }

  private u16(): number {
    return this.view(2).getUint16(0);
  }

  private u32(): number {
    return this.view(4).getUint32(0);
  }

  private u64(): bigint {
    return this.view(8).getBigUint64(0);
  }

  private name(): string {
    return this.text(this.u8());
  }

  private text(size: number): string {
    if (size > 1024) throw this.refuse(`a migration stream that is damaged at 0x${this.at.toString(16)}`);
    return new TextDecoder("latin1").decode(this.view(size));
  }
}
