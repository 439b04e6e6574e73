import { snappyCompress } from "hysnappy";
import { expect, test } from "vitest";
import { limeFile } from "../../../../scripts/image-files.ts";
import { armMachine, riscvMachine, x86Machine } from "../../../../scripts/memory-image.ts";
import { openImage } from "../image.ts";
import { MemorySource } from "../source.ts";

const open = (bytes: Uint8Array, arch?: string) =>
  openImage(new MemorySource(bytes), { name: "dump", ...(arch !== undefined && { arch }) });
const FORMATS = { LiME: undefined, AVML: snappyCompress } as const;

test.each(Object.entries(FORMATS))("%s: has the memory of each range", async (_, compress) => {
  for (const machine of [x86Machine(4), armMachine(48)]) {
    const { ranges } = machine.contents;
    const image = await open(limeFile(machine.contents, compress), machine.arch);
    expect(image.warnings).toEqual([]);
    expect(image.machine).toMatchObject({ arch: machine.arch, rootFrom: "search" });
    const all = new Uint8Array(machine.space.memory.size + 10);
    expect(image.memory.read(ranges[0]!.physical, all)).toBe(machine.space.memory.size);
    expect(Buffer.compare(all.subarray(0, -10), machine.space.memory.u8)).toBe(0);
    image.close();
  }
});

test.each(Object.entries(FORMATS))(
  "%s: the architecture is asked for, unless the kernel names its tables",
  async (_, compress) => {
    const { contents } = x86Machine(4);
    await expect(open(limeFile(contents, compress))).rejects.toThrow(
      "dump: it does not say which machine it is of: give --arch x86_64",
    );
  },
);

test("memory of riscv64 with 57-bit addresses is not taken for arm64's, whose VMCOREINFO has VA_BITS too", async () => {
  const { contents, space } = riscvMachine();
  const image = await open(limeFile(contents));
  expect(image.machine).toMatchObject({ arch: "riscv64", rootFrom: "VMCOREINFO's swapper_pg_dir" });
  expect(image.roots).toEqual(space.roots);
  image.close();
});

test.each(Object.entries(FORMATS))("%s: what is cut off is said", async (_, compress) => {
  const { contents, space } = x86Machine(4);
  const bytes = limeFile(contents, compress);
  const image = await open(bytes.subarray(0, bytes.length - 5000), "x86_64");
  expect(image.warnings).toHaveLength(1);
  expect(image.warnings[0]).toMatch(
    /^memory at physical 0x80000: 0x80000 bytes are said to be there, 0x[0-7][0-9a-f]{4} are$/,
  );
  expect(image.memory.absence(space.memory.size - 4096)).toBe("it is not in the image");
  image.close();
});

test("what a chunk of AVML had that is damaged is missing, and all else is there", async () => {
  const { contents, space } = x86Machine(4);
  const bytes = limeFile(contents, snappyCompress);
  bytes[60_000]! ^= 1;
  const image = await openImage(new MemorySource(bytes), { name: "dump", arch: "x86_64", root: space.roots[0]! });
  const all = new Uint8Array(space.memory.size);
  expect(image.memory.read(0, all)).toBe(space.memory.size - 65_536);
  expect(image.memory.absence(0)).toMatch(/^dump: cannot be read: its compressed data is damaged at 0x/);
  expect(image.memory.absence(65_536)).toBeUndefined();
  expect(Buffer.compare(all.subarray(65_536), space.memory.u8.subarray(65_536))).toBe(0);
  image.close();
});
