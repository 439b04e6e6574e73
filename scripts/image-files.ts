import { deflateSync } from "node:zlib";
import { type CoreContents, coreBytes } from "@kasan/image";

/** Files of memory images for tests: written as their formats are documented, with none of the code that reads them. */

/** A file in the making. */
class Bytes {
  private parts: Buffer[] = [];
  size = 0;

  add(part: Uint8Array): void {
    this.parts.push(Buffer.from(part));
    this.size += part.length;
  }

  all(): Buffer {
    return Buffer.concat(this.parts);
  }
}

const PAGE = 4096;

/** The notes of a core, as a core has them. */
function notesOf(contents: CoreContents): Buffer {
  const core = Buffer.from(coreBytes({ ...contents, ranges: [] }));
  const [offset, size] = [Number(core.readBigUInt64LE(64 + 8)), Number(core.readBigUInt64LE(64 + 32))];
  return core.subarray(offset, offset + size);
}

/** How a page of a kdump-compressed file is compressed: by the flag of its descriptor. */
export interface KdumpCodec {
  readonly flag: number;
  readonly compress: (page: Uint8Array) => Uint8Array;
}

/** zlib. */
export const ZLIB: KdumpCodec = { flag: 1, compress: (page) => deflateSync(page, { level: 1 }) };
/** LZO: one run of literals, and the end. */
export const LZO: KdumpCodec = { flag: 2, compress: lzoOf };

function lzoOf(page: Uint8Array): Uint8Array {
  const zeros = Math.floor((page.length - 18 - 1) / 255);
  const rest = page.length - 18 - zeros * 255;
  return Buffer.concat([Buffer.from([0, ...new Array<number>(zeros).fill(0), rest]), page, Buffer.from([17, 0, 0])]);
}

/** What a kdump-compressed file is like. */
export interface KdumpShape {
  /** 1 to 6. */
  readonly version?: number;
  readonly codec?: KdumpCodec;
  /** Which pages are left out, by page frame number. */
  readonly filtered?: (frame: number) => boolean;
  /** `makedumpfile -d`. */
  readonly level?: number;
  /** Whether it says that it was not finished. */
  readonly incomplete?: boolean;
  /** The page frame numbers that it has, if it is a part of a split one. */
  readonly part?: readonly [start: number, end: number];
  /** The name of its machine. */
  readonly machine?: string;
}

/** A kdump-compressed file (makedumpfile's IMPLEMENTATION, diskdump_mod.h). */
export function kdumpFile(contents: CoreContents, shape: KdumpShape = {}): Buffer {
  const { version = 6, codec = ZLIB, filtered = () => false, level = 0, part, machine = "x86_64" } = shape;
  const pages = pagesOf(contents);
  const frames = Math.max(...pages.keys()) + 1;
  const blocks = Math.ceil(frames / (PAGE * 8));
  const [present, dumped] = [Buffer.alloc(PAGE * blocks), Buffer.alloc(PAGE * blocks)];
  for (const frame of pages.keys()) {
    setBit(present, frame);
    if (!filtered(frame)) setBit(dumped, frame);
  }
  const own = [...pages.keys()].filter((frame) => !filtered(frame) && (!part || (part[0] <= frame && frame < part[1])));
  const head = Buffer.alloc(PAGE * 3);
  head.write("KDUMP   ", 0, "latin1");
  head.writeUInt32LE(version, 8);
  head.write("Linux", 12, "latin1");
  head.write(machine, 12 + 4 * 65, "latin1");
  head.writeUInt32LE(codec.flag | (shape.incomplete ? 8 : 0), 424);
  head.writeUInt32LE(PAGE, 428);
  head.writeUInt32LE(2, 432);
  head.writeUInt32LE(2 * blocks, 436);
  head.writeUInt32LE(frames, 440);
  const sub = head.subarray(PAGE);
  sub.writeInt32LE(level, 8);
  const notes = notesOf(contents);
  if (version >= 2 && part) {
    sub.writeInt32LE(1, 12);
    sub.writeBigUInt64LE(BigInt(part[0]), version >= 6 ? 80 : 16);
    sub.writeBigUInt64LE(BigInt(part[1]), version >= 6 ? 88 : 24);
  }
  if (version >= 4) {
    notes.copy(sub, 256);
    sub.writeBigUInt64LE(BigInt(PAGE + 256), 48);
    sub.writeBigUInt64LE(BigInt(notes.length), 56);
  }
  if (version >= 6) sub.writeBigUInt64LE(BigInt(frames), 96);

  const [descriptors, data] = [new Bytes(), new Bytes()];
  const dataAt = PAGE * (3 + 2 * blocks) + own.length * 24;
  for (const frame of own) {
    const packed = codec.compress(pages.get(frame)!);
    const plain = packed.length >= PAGE;
    const bytes = plain ? pages.get(frame)! : packed;
    const descriptor = Buffer.alloc(24);
    descriptor.writeBigUInt64LE(BigInt(dataAt + data.size), 0);
    descriptor.writeUInt32LE(bytes.length, 8);
    descriptor.writeUInt32LE(plain ? 0 : codec.flag, 12);
    descriptors.add(descriptor);
    data.add(bytes);
  }
  return Buffer.concat([head, present, dumped, descriptors.all(), data.all()]);
}

function pagesOf({ ranges }: CoreContents): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (const { physical, bytes } of ranges)
    for (let at = 0; at < bytes.length; at += PAGE) pages.set((physical + at) / PAGE, bytes.subarray(at, at + PAGE));
  return pages;
}

function setBit(bitmap: Buffer, bit: number): void {
  bitmap[bit >>> 3]! |= 1 << (bit & 7);
}

/** A file as a stream of makedumpfile: pieces with their offset and size before them, the first of which is written again at the end. */
export function flattenedFile(file: Uint8Array, pieceBytes = 10_000): Buffer {
  const bytes = new Bytes();
  const head = Buffer.alloc(PAGE);
  head.write("makedumpfile", 0, "latin1");
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(1n, 24);
  bytes.add(head);
  const piece = (offset: bigint, part: Uint8Array, size = BigInt(part.length)) => {
    const before = Buffer.alloc(16);
    before.writeBigInt64BE(offset, 0);
    before.writeBigInt64BE(size, 8);
    bytes.add(before);
    bytes.add(part);
  };
  // The header is not complete until all else is written.
  piece(0n, Buffer.alloc(PAGE, 0xee));
  for (let at = 4000; at < file.length; at += pieceBytes) piece(BigInt(at), file.subarray(at, at + pieceBytes));
  piece(0n, file.subarray(0, PAGE));
  piece(-1n, new Uint8Array(0), -1n);
  return bytes.all();
}

/** A file of LiME (its doc/README.md), or of AVML if ranges are given through `compress`, a Snappy compressor of blocks. */
export function limeFile({ ranges }: CoreContents, compress?: (block: Uint8Array) => Uint8Array): Buffer {
  const file = new Bytes();
  for (const { physical, bytes } of ranges) {
    const head = Buffer.alloc(32);
    head.write(compress ? "AVML" : "EMiL", 0, "latin1");
    head.writeUInt32LE(compress ? 2 : 1, 4);
    head.writeBigUInt64LE(BigInt(physical), 8);
    head.writeBigUInt64LE(BigInt(physical + bytes.length - 1), 16);
    file.add(head);
    const data = compress ? snappyStream(bytes, compress) : bytes;
    file.add(data);
    if (!compress) continue;
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(data.length));
    file.add(size);
  }
  return file.all();
}

/** A stream of Snappy (its framing_format.txt), some of whose chunks are not compressed. */
function snappyStream(bytes: Uint8Array, compress: (block: Uint8Array) => Uint8Array): Buffer {
  const stream = new Bytes();
  stream.add(Buffer.from("\xff\x06\x00\x00sNaPpY", "latin1"));
  for (let at = 0; at < bytes.length; at += 65_536) {
    const plain = bytes.subarray(at, at + 65_536);
    const packed = at % 196_608 === 0 ? plain : compress(plain);
    const head = Buffer.alloc(8);
    head.writeUInt32LE((((packed.length + 4) << 8) | (packed === plain ? 1 : 0)) >>> 0, 0);
    head.writeUInt32LE(maskedCrc(plain), 4);
    stream.add(head);
    stream.add(packed);
  }
  return stream.all();
}

function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc >>> 0;
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
}

const be32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const be64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const named = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);

/** A migration stream of QEMU, of a board whose RAM starts at `base` (migration/savevm.c, migration/ram.c). */
export function migrationFile({ ranges }: CoreContents, machine = "pc-q35-7.2", ram = "pc.ram", base = 0): Buffer {
  const last = ranges.at(-1)!;
  const size = last.physical + last.bytes.length - base;
  const stream = new Bytes();
  stream.add(
    Buffer.concat([Buffer.from("QEVM"), be32(3), Buffer.from([7]), be32(machine.length), Buffer.from(machine)]),
  );
  stream.add(Buffer.concat([Buffer.from([1]), be32(2), named("ram"), be32(0), be32(4)]));
  stream.add(Buffer.concat([be64((size + PAGE) | 4), named(ram), be64(size), named("vga.vram"), be64(PAGE)]));
  stream.add(Buffer.concat([be64(0x10), Buffer.from([0x7e]), be32(2)]));
  const pages = [...pagesOf({ ranges } as CoreContents)];
  // A first round in which all is zero, then what changed meanwhile.
  for (const [kind, round] of [
    [2, pages],
    [3, pages.filter(([, page]) => page.some((byte) => byte !== 0))],
  ] as const) {
    stream.add(Buffer.concat([Buffer.from([kind]), be32(2)]));
    for (const [i, [frame, page]] of round.entries()) {
      const address = frame * PAGE - base;
      const zero = kind === 2;
      stream.add(be64(address + (zero ? 2 : 8) + (i > 0 ? 0x20 : 0)));
      if (i === 0) stream.add(named(ram));
      stream.add(zero ? Buffer.from([0]) : page);
    }
    stream.add(Buffer.concat([be64(0x10), Buffer.from([0x7e]), be32(2)]));
  }
  stream.add(Buffer.concat([Buffer.from([4]), be32(3), named("timer"), Buffer.alloc(40)]));
  return stream.all();
}

/** What `virsh save` writes around a stream. */
export function libvirtFile(stream: Uint8Array, format = 0): Buffer {
  const xml = Buffer.from("<domain type='kvm'><name>test</name></domain>\0");
  const head = Buffer.alloc(92);
  head.write("LibvirtQemudSave", 0, "latin1");
  head.writeUInt32LE(2, 16);
  head.writeUInt32LE(xml.length, 20);
  head.writeUInt32LE(1, 24);
  head.writeUInt32LE(format, 28);
  return Buffer.concat([head, xml, stream]);
}

/** A checkpoint of VMware (crash's vmware_vmss.h), with memory in it or in a .vmem file. */
export function vmwareFiles({ ranges }: CoreContents, inOne: boolean): { checkpoint: Buffer; vmem: Buffer } {
  const vmem = Buffer.concat(ranges.map(({ bytes }) => bytes));
  const tag = (name: string, indexes: readonly number[], valueBytes: number) => {
    const bytes = Buffer.alloc(2 + name.length + indexes.length * 4);
    bytes.writeUInt16LE((name.length << 8) | (indexes.length << 6) | valueBytes, 0);
    bytes.write(name, 2, "latin1");
    for (const [i, index] of indexes.entries()) bytes.writeUInt32LE(index, 2 + name.length + i * 4);
    return bytes;
  };
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const items = new Bytes();
  items.add(Buffer.concat([tag("regionsCount", [], 4), word(ranges.length)]));
  let page = 0;
  for (const [i, { physical, bytes }] of ranges.entries()) {
    items.add(Buffer.concat([tag("regionPageNum", [i], 4), word(page)]));
    items.add(Buffer.concat([tag("regionPPN", [i], 4), word(physical / PAGE)]));
    items.add(Buffer.concat([tag("regionSize", [i], 4), word(bytes.length / PAGE)]));
    page += bytes.length / PAGE;
  }
  if (inOne) {
    const sizes = Buffer.alloc(18 + 30);
    sizes.writeBigUInt64LE(BigInt(vmem.length), 0);
    sizes.writeBigUInt64LE(BigInt(vmem.length), 8);
    sizes.writeUInt16LE(30, 16);
    items.add(Buffer.concat([tag("Memory", [0, 0], 0x3f), sizes, vmem]));
  }
  items.add(Buffer.alloc(2));
  const head = Buffer.alloc(12 + 2 * 80);
  head.writeUInt32LE(0xbed2bed2, 0);
  head.writeUInt32LE(8, 4);
  head.writeUInt32LE(2, 8);
  head.write("Checkpoint", 12, "latin1");
  head.write("memory", 12 + 80, "latin1");
  head.writeBigUInt64LE(BigInt(head.length), 12 + 80 + 64);
  head.writeBigUInt64LE(BigInt(items.size), 12 + 80 + 72);
  return { checkpoint: Buffer.concat([head, items.all()]), vmem };
}
