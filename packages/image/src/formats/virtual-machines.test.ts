import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { libvirtFile, migrationFile, vmwareFiles } from "../../../../scripts/image-files.ts";
import { armMachine, type TestMachine, x86Machine } from "../../../../scripts/memory-image.ts";
import { type MemoryImage, openImage } from "../image.ts";
import { MemorySource } from "../source.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-machines-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (bytes: Uint8Array) => openImage(new MemorySource(bytes), { name: "dump" });

/** Whether an image has all memory of a machine, and nothing more. */
function expectWhole(image: MemoryImage, machine: TestMachine): void {
  const { memory } = machine.space;
  const { ranges } = machine.contents;
  expect(image.warnings).toEqual([]);
  expect(image.machine).toMatchObject({ arch: machine.arch });
  const all = new Uint8Array(memory.size + 10);
  expect(image.memory.read(ranges[0]!.physical, all)).toBe(memory.size);
  expect(Buffer.compare(all.subarray(0, -10), memory.u8)).toBe(0);
}

describe("a migration stream of QEMU", () => {
  const x86 = x86Machine(4);

  test("has what was sent last of each page", async () => {
    const arm = armMachine(48);
    for (const [machine, stream] of [
      [x86, migrationFile(x86.contents)],
      [x86, migrationFile(x86.contents, "pc-i440fx-9.0")],
      [arm, migrationFile(arm.contents, "virt-8.2", "mach-virt.ram", 2 ** 30)],
      [x86, libvirtFile(migrationFile(x86.contents))],
      [x86, libvirtFile(gzipSync(migrationFile(x86.contents)), 1)],
    ] as const) {
      const image = await open(stream);
      expectWhole(image, machine);
      image.close();
    }
  });

  test("that is cut off has what was sent", async () => {
    const stream = migrationFile(x86.contents);
    const image = await open(stream.subarray(0, stream.length - 6000));
    expect(image.warnings).toEqual(["dump: the stream is cut off: some pages are missing"]);
    image.close();
  });

  test("of another board, or with what is not known, is refused", async () => {
    await expect(open(migrationFile(x86.contents, "isapc", "isa.ram"))).rejects.toThrow(
      'dump: a migration stream of machine "isapc" with the RAM isa.ram, vga.vram: where that is, is not known; dump it with virsh dump --memory-only',
    );
    await expect(open(libvirtFile(Buffer.from("BZh91AY"), 2))).rejects.toThrow(
      /a save file of libvirt in bzip2; save it as raw/,
    );
    const stream = migrationFile(x86.contents);
    stream[8] = 0x33;
    await expect(open(stream)).rejects.toThrow(/a section of the unknown kind 51/);
  });
});

describe("a checkpoint of VMware", () => {
  const machine = x86Machine(4);

  test("has the memory in it", async () => {
    const image = await open(vmwareFiles(machine.contents, true).checkpoint);
    expectWhole(image, machine);
    image.close();
  });

  test("or beside it, and each file leads to the other", async () => {
    // A hole between the regions, as VMware leaves below 4 GiB.
    const [low, high] = machine.contents.ranges as [
      { physical: number; bytes: Uint8Array },
      { physical: number; bytes: Uint8Array },
    ];
    const ranges = [low, { ...high, physical: 2 ** 32 }];
    const { checkpoint, vmem } = vmwareFiles({ ...machine.contents, ranges }, false);
    for (const name of ["a.vmss", "b.vmsn"]) {
      writeFileSync(join(folder, name), checkpoint);
      writeFileSync(join(folder, name.replace(/vms.$/, "vmem")), vmem);
      for (const file of [name, name.replace(/vms.$/, "vmem")]) {
        const image = await openImage(join(folder, file), { root: machine.space.roots[0]! });
        const bytes = new Uint8Array(high.bytes.length);
        expect(image.memory.read(2 ** 32, bytes)).toBe(bytes.length);
        expect(Buffer.compare(bytes, high.bytes)).toBe(0);
        expect(image.memory.absence(high.physical)).toBe("it is not in the image");
        image.close();
      }
    }
    rmSync(join(folder, "a.vmem"));
    await expect(openImage(join(folder, "a.vmss"))).rejects.toThrow(
      /its memory is in another file, a\.vmem, which is not beside it/,
    );
  });
});
