import { ImageMemory, inspect, MemoryImage, MemorySource, SegmentedMemory } from "@kasan/image";
import type { Machine } from "@kasan/kernel";
import { type ByteMeaning, meaningOf, truncateAddress } from "@kasan/shadow";
import type { MemoryAt, MemoryRow, Moment } from "../protocol.ts";

const ROWS = 16;
const ROW_BYTES = 16;
/** Rows above the one that is asked for. */
const ABOVE = 6;

/** What memory is looked at. */
export interface Memory {
  /** The memory at an address. */
  at(address: bigint, moment: Moment): MemoryAt;
}

/** The memory of a machine that has stopped. */
export class MachineMemory implements Memory {
  private readonly buffers: Readonly<Record<Moment, Uint8Array>>;
  private now: Moment = "end";
  private view: View;

  /**
   * @param machine - must not run any more
   * @param arch - the name of its architecture
   * @param atReport - its buffer at the first report, if there was one
   * @param lines - lines of the program by address of code
   */
  constructor(
    private readonly machine: Machine,
    private readonly arch: string,
    atReport: Uint8Array | undefined,
    private readonly lines: ReadonlyMap<bigint, number>,
  ) {
    const end = new Uint8Array(machine.memory.buffer);
    this.buffers = { end: atReport ? end.slice() : end, report: atReport ?? end };
    this.view = this.look();
  }

  at(address: bigint, moment: Moment): MemoryAt {
    if (this.buffers[moment] !== this.buffers[this.now]) {
      // The buffer is the machine.
      new Uint8Array(this.machine.memory.buffer).set(this.buffers[moment]);
      this.machine.forget();
      this.view = this.look();
    }
    this.now = moment;
    return this.view.at(address);
  }

  private look(): View {
    const { machine, arch, lines } = this;
    const { ram, space, architecture: platform, options } = machine;
    const segments = [{ physical: 0, size: ram.size, offset: 0 }];
    const source = new SegmentedMemory(new MemorySource(ram.u8.subarray(0, ram.size)), segments);
    const memory = new ImageMemory(source);
    const known = { platform, arch, roots: space.roots, rootFrom: "the machine", kasan: options.mode, warnings: [] };
    const unknown = { release: options.version, kernelOffset: undefined, config: undefined };
    return new View(new MemoryImage(source, memory, { ...known, ...unknown }, []), machine, lines);
  }
}

/** The memory in an image, at the one moment that it is of. */
export class DumpMemory implements Memory {
  private readonly view: View;

  constructor(image: MemoryImage) {
    this.view = new View(image);
  }

  at(address: bigint): MemoryAt {
    return this.view.at(address);
  }
}

/** Memory at one moment. */
class View {
  constructor(
    private readonly image: MemoryImage,
    private readonly machine?: Machine,
    private readonly lines: ReadonlyMap<bigint, number> = new Map(),
  ) {}

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
