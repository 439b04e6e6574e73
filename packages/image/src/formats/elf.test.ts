import { expect, test } from "vitest";
import { x86Machine } from "../../../../scripts/memory-image.ts";
import { coreBytes } from "../core-writer.ts";
import { openImage } from "../image.ts";
import { MemorySource } from "../source.ts";

const { contents, space } = x86Machine(4);
const open = (bytes: Uint8Array) => openImage(new MemorySource(bytes), { name: "core" });

/** Offsets in program headers. */
const VIRTUAL = 16;
const PHYSICAL = 24;
const FILE_SIZE = 32;
const MEMORY_SIZE = 40;

/** A core with more segments, each of what is there at an offset of its memory. */
function withSegments(...more: readonly { physical: bigint; virtual: bigint; from: number; size: number }[]): Buffer {
  const memory = space.memory.u8;
  const ranges = [
    ...contents.ranges,
    ...more.map(({ from, size }, i) => ({
      physical: 2 ** 40 + i * 2 ** 30,
      bytes: memory.subarray(from, from + size),
    })),
  ];
  const core = Buffer.from(coreBytes({ ...contents, ranges }));
  for (const [i, { physical, virtual }] of more.entries()) {
    const header = 64 + (1 + contents.ranges.length + i) * 56;
    core.writeBigUInt64LE(virtual, header + VIRTUAL);
    core.writeBigUInt64LE(physical, header + PHYSICAL);
  }
  return core;
}

test("as /proc/kcore is: the kernel's text is there twice, and vmalloc space has no physical addresses", async () => {
  const text = { physical: 0x40000n, virtual: 0xffffffff81000000n, from: 0x40000, size: 0x20000 };
  const vmalloc = { physical: 2n ** 64n - 1n, virtual: 0xffffc90000000000n, from: 0, size: 0x10000 };
  const image = await open(withSegments(text, vmalloc));
  expect(image.warnings).toEqual([]);
  const all = new Uint8Array(space.memory.size);
  expect(image.memory.read(0, all)).toBe(all.length);
  expect(Buffer.compare(all, space.memory.u8)).toBe(0);
  image.close();
});

test("what is there twice and differs is said", async () => {
  const image = await open(withSegments({ physical: 0x40000n, virtual: 0n, from: 0x80000, size: 0x20000 }));
  expect(image.warnings).toEqual(["memory at physical 0x40000 is there twice, and differs"]);
  image.close();
});

test("as makedumpfile -E writes them: what was left out at the end of a segment is not zero", async () => {
  const core = Buffer.from(coreBytes(contents));
  const header = 64 + contents.ranges.length * 56;
  const size = core.readBigUInt64LE(header + FILE_SIZE);
  core.writeBigUInt64LE(size - 8192n, header + FILE_SIZE);
  core.writeBigUInt64LE(size, header + MEMORY_SIZE);
  const image = await open(core);
  expect(image.memory.absence(space.memory.size - 4096)).toBe("it was left out of the dump");
  expect(image.memory.absence(space.memory.size)).toBe("it is not in the image");
  expect(image.memory.byte(space.memory.size - 4096)).toBe(-1);
  image.close();
});

test("cores of processes, and of machines of 32 bits or big-endian ones, are told apart", async () => {
  const process = Buffer.from(coreBytes(contents));
  for (let i = 1; i <= contents.ranges.length; i++) {
    process.writeBigUInt64LE(0x400000n * BigInt(i), 64 + i * 56 + VIRTUAL);
    process.writeBigUInt64LE(0n, 64 + i * 56 + PHYSICAL);
  }
  await expect(open(process)).rejects.toThrow(
    "core: a core of a process, not of a machine; give a dump of physical memory",
  );
  const [narrow, swapped] = [Buffer.from(coreBytes(contents)), Buffer.from(coreBytes(contents))];
  narrow[4] = 1;
  swapped[5] = 2;
  await expect(open(narrow)).rejects.toThrow(/a 32-bit ELF file/);
  await expect(open(swapped)).rejects.toThrow(/a big-endian ELF file/);
});

test.each([
  ["LUKS\xba\xbe\x00\x02", /is encrypted \(LUKS\); open it with cryptsetup/],
  ["age-encryption.org/v1\n", /is encrypted \(age\); decrypt it first/],
  ["PAGEDU64", /a crash dump of Windows; this reads memory of Linux/],
  ["DISKDUMP", /a dump of diskdump/],
  ["QFI\xfb", /a disk image of QEMU/],
])("what is no image is named: %j", async (start, message) => {
  await expect(open(Buffer.concat([Buffer.from(start, "latin1"), Buffer.alloc(5000)]))).rejects.toThrow(message);
});
