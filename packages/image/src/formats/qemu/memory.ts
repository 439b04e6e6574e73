import { ImageError } from "../../error.ts";
import type { ByteSource } from "../../source.ts";
import type { PhysicalSource } from "../format.ts";
import { firstEndingAfter } from "../segments.ts";
import type { Migration, RamBlock } from "./stream.ts";

const PAGE = 4096;
const GIB = 2 ** 30;

/** A stretch of physical memory, and where it is in a block of RAM. */
interface Placed {
  readonly physical: number;
  readonly size: number;
  readonly block: RamBlock;
  readonly offset: number;
}

/** The memory that was sent in a migration stream. */
export class MigratedMemory implements PhysicalSource {
  /** Where the machine has RAM. */
  readonly segments: readonly Placed[];

  /** The stream is closed with the memory. */
  constructor(
    private readonly source: ByteSource,
    segments: readonly Placed[],
  ) {
    this.segments = segments;
  }

  read(physical: number, into: Uint8Array): number {
    let found = 0;
    for (let at = physical; at < physical + into.length; ) {
      const next = Math.min((Math.floor(at / PAGE) + 1) * PAGE, physical + into.length);
      if (this.readPage(at, into.subarray(at - physical, next - physical))) found += next - at;
      at = next;
    }
    return found;
  }

  absence(physical: number): string | undefined {
    const place = this.at(physical);
    if (place === undefined) return "the machine has no memory there";
    const page = Math.floor((place.offset + physical - place.physical) / PAGE);
    const known = place.block.pages.find(
      page,
      () => true,
      () => true,
    );
    return known ? undefined : "the stream ends before it was sent";
  }

  close(): void {
    this.source.close();
  }

  /** Reads bytes of one page. Returns whether they are there. */
  private readPage(physical: number, into: Uint8Array): boolean {
    const place = this.at(physical);
    if (place === undefined) return false;
    const at = place.offset + physical - place.physical;
    const found = place.block.pages.find(
      Math.floor(at / PAGE),
      (offset) => this.source.read(offset + (at % PAGE), into) === into.length,
      (byte) => into.fill(byte) === into,
    );
    return found ?? false;
  }

  private at(physical: number): Placed | undefined {
    const { segments } = this;
    const place =
      segments[firstEndingAfter(segments.length, physical, (i) => segments[i]!.physical + segments[i]!.size)];
    return place !== undefined && place.physical <= physical ? place : undefined;
  }
}

/** A board: how its RAM is called, what machine it is of, and where the RAM is. */
interface Board {
  readonly ram: RegExp;
  readonly machine: RegExp;
  readonly elfMachine: number;
  /** Where RAM starts, and how much of it lies below 4 GiB: the rest starts there. */
  readonly base: number;
  readonly low: (size: number) => number;
}

const all = () => Number.POSITIVE_INFINITY;

/** The boards of QEMU (hw/i386/pc_q35.c, hw/i386/pc_piix.c, hw/arm/virt.c, hw/riscv/virt.c). */
const BOARDS: readonly Board[] = [
  {
    ram: /^(pc\.ram|ram-node\d+)$/,
    machine: /q35/,
    elfMachine: 62,
    base: 0,
    low: (size) => (size >= 2.75 * GIB ? 2 * GIB : 2.75 * GIB),
  },
  {
    ram: /^(pc\.ram|ram-node\d+)$/,
    machine: /^(pc|$)/,
    elfMachine: 62,
    base: 0,
    low: (size) => (size >= 3.5 * GIB ? 3 * GIB : 3.5 * GIB),
  },
  { ram: /^mach-virt\.ram$/, machine: /./, elfMachine: 183, base: GIB, low: all },
  { ram: /^riscv_virt_board\.ram$/, machine: /./, elfMachine: 243, base: 2 * GIB, low: all },
];

/** Where the RAM of a machine is, and the machine's ELF number. */
export interface Layout {
  readonly elfMachine: number;
  readonly segments: readonly Placed[];
}

/**
 * Where a machine has its RAM: the stream does not say, but each board has a rule.
 *
 * @throws {@link ImageError} `IMAGE_FORMAT` if the board is not known
 */
export function layoutOf({ machine, blocks }: Migration, path: string): Layout {
  for (const board of BOARDS) {
    const ram = blocks.filter(({ name }) => board.ram.test(name));
    if (ram.length > 0 && board.machine.test(machine))
      return { elfMachine: board.elfMachine, segments: placed(board, ram) };
  }
  const names = blocks.map(({ name }) => name).join(", ") || "none";
  const why = `a migration stream of machine ${JSON.stringify(machine)} with the RAM ${names}: where that is, is not known`;
  throw new ImageError("IMAGE_FORMAT", `${path}: ${why}; dump it with virsh dump --memory-only`);
}

/** Puts blocks, one after the other, below 4 GiB as far as there is room, and above. */
function placed({ base, low }: Board, blocks: readonly RamBlock[]): Placed[] {
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  const split = base + Math.min(size, low(size));
  const result: Placed[] = [];
  let at = base;
  for (const block of blocks) {
    for (let offset = 0; offset < block.size; ) {
      const length = at < split ? Math.min(block.size - offset, split - at) : block.size - offset;
      result.push({ physical: at < split ? at : at - split + 4 * GIB, size: length, block, offset });
      offset += length;
      at += length;
    }
  }
  return result;
}
