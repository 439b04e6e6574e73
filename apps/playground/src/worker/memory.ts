import { ImageMemory, inspect, MemoryImage } from "@kasan/image";
import type { Machine } from "@kasan/kernel";
import { type ByteMeaning, meaningOf, truncateAddress } from "@kasan/shadow";
import type { MemoryAt, MemoryRow } from "../protocol.ts";

const ROWS = 16;
const ROW_BYTES = 16;
/** Rows above the one that is asked for. */
const ABOVE = 6;

/** Memory that can be looked at: of a machine that has stopped, or of a dump. */
export class Memory {
  /** @param lines - lines of the program by address of code */
  constructor(
    private readonly image: MemoryImage,
    private readonly machine?: Machine,
    private readonly lines: ReadonlyMap<bigint, number> = new Map(),
  ) {}

  /** The memory of a machine. It must not run any more. */
  static of(machine: Machine, arch: string, lines: ReadonlyMap<bigint, number>): Memory {
    const { ram, space, architecture, options } = machine;
    const source = {
      size: ram.size,
      read(offset: number, into: Uint8Array) {
        const there = ram.u8.subarray(offset, Math.min(ram.size, offset + into.length));
        into.set(there);
        return there.length;
      },
      close() {},
    };
    const segments = [{ physical: 0, size: ram.size, offset: 0 }];
    const image = new MemoryImage(
      source,
      new ImageMemory(source, segments),
      {
        platform: architecture,
        roots: space.roots,
        rootFrom: "the machine",
        kasan: options.mode,
        warnings: [],
        arch,
        release: options.version,
        kernelOffset: undefined,
        config: undefined,
      },
      [],
    );
    return new Memory(image, machine, lines);
  }

  /** The memory at an address. */
  at(address: bigint): MemoryAt {
    const inspection = inspect(this.image, address);
    const first = inspection.untagged - (inspection.untagged % BigInt(ROW_BYTES)) - BigInt(ABOVE * ROW_BYTES);
    const rows = Array.from({ length: ROWS }, (_, i) => this.row(truncateAddress(first + BigInt(i * ROW_BYTES))));
    return {
      inspection,
      rows,
      meanings: this.meanings(rows),
      description: this.machine?.kasan.describe(address) ?? {},
      lines: this.lines,
    };
  }

  private row(address: bigint): MemoryRow {
    const { granule } = this;
    const count = granule === 0 ? 0 : ROW_BYTES / granule;
    return {
      address,
      bytes: this.image.bytes(address, ROW_BYTES),
      shadow: Array.from({ length: count }, (_, i) => this.shadowByte(address + BigInt(i * granule))),
    };
  }

  /** Bytes that a shadow byte, or a tag, is about; 0 without KASAN. */
  private get granule(): number {
    const { kasan } = this.image;
    if (kasan === "off") return 0;
    return kasan === "generic" ? 8 : 16;
  }

  private shadowByte(address: bigint): number {
    if (this.machine) return this.machine.kasan.shadowByte(address);
    const at = inspect(this.image, address).shadow?.bytes[0];
    return at ?? -1;
  }

  private meanings(rows: readonly MemoryRow[]): ByteMeaning[] {
    const { kasan } = this.image;
    if (kasan === "off") return [];
    const bytes = new Set(rows.flatMap(({ shadow }) => shadow).filter((byte) => byte >= 0));
    return [...bytes].sort((a, b) => a - b).map((byte) => meaningOf(byte, { mode: kasan }));
  }
}
