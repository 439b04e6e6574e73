import { arm64 } from "@kasan/arch-arm64";
import { riscv64 } from "@kasan/arch-riscv64";
import { x86_64 } from "@kasan/arch-x86";
import type { CoreContents } from "@kasan/image";
import { AddressSpace, type Architecture, FramePool, PageFlags, PhysicalMemory } from "@kasan/mmu";
import { member, type Platform } from "@kasan/platform";

const { READ, EXEC, KERNEL, KERNEL_RO, GLOBAL, ACCESSED } = PageFlags;
/** RAM of the machines here, and where tables start in it. */
const RAM = 2 ** 20;
const TABLES = 2 ** 18;
/** The page that all shadow is mapped to that is not real. */
const EARLY_PAGE = RAM - 4096;

/** A small machine made for tests, with what a kernel maps, and what is known of it. */
export interface TestMachine {
  readonly space: AddressSpace;
  /** The name of its architecture. */
  readonly arch: string;
  readonly contents: CoreContents;
  /** An address with real shadow: 16 granules, of which the first two are accessible and the third is freed. */
  readonly object: bigint;
}

/** A machine of x86-64 with generic KASAN. */
export function x86Machine(levels: 4 | 5 = 4): TestMachine {
  const platform = x86_64({ levels });
  const machine = populate(platform, 0, [0, 0, 0xfb]);
  const [root] = machine.space.roots;
  const cr4 = levels === 5 ? 0x1020n : 0x20n;
  const registers = { rip: 0xffffffff81000042n, rsp: 0xffffffff82003f00n, cr0: 0x80050033n, cr3: BigInt(root!), cr4 };
  const contents = { ...core(platform, machine.space, 0), cpus: [registers, registers] };
  return { ...machine, arch: "x86_64", contents };
}

/** A machine of arm64 with software tags. */
export function armMachine(vaBits = 48, named = true): TestMachine {
  const base = 0x40000000;
  const architecture = arm64({ vaBits, kasan: "sw_tags" });
  // Its tables hold addresses of a machine whose RAM starts at `base`; they are moved there as they are written out.
  const machine = populate(architecture, base, [0xf1, 0xf1, 0xfe]);
  const root = BigInt(machine.space.roots[1]! + base);
  const { pageOffset } = architecture.layout;
  const vmcoreInfo = [
    "OSRELEASE=6.12.0-test",
    "PAGESIZE=4096",
    `NUMBER(VA_BITS)=${vaBits}`,
    `SYMBOL(swapper_pg_dir)=${(pageOffset + root - BigInt(base)).toString(16)}`,
    `NUMBER(kimage_voffset)=0x${(pageOffset - BigInt(base)).toString(16)}`,
    "KERNELOFFSET=80000",
  ];
  const registers = { pc: 0xffff800080000000n, sp: 0xffff800080003f00n, x0: 1n };
  return {
    ...machine,
    arch: "arm64",
    contents: {
      ...core(architecture, machine.space, base),
      cpus: [registers],
      ...(named && { vmcoreInfo }),
    },
  };
}

/** A machine of riscv64 with 5 levels, whose kernel describes itself in its memory. */
export function riscvMachine(): TestMachine {
  const platform = riscv64({ levels: 5 });
  const machine = populate(platform, 0, [0, 0, 0xfb]);
  const { memory, roots } = machine.space;
  const { pageOffset } = platform.layout;
  const info = [
    "OSRELEASE=6.12.0-test",
    "PAGESIZE=4096",
    `SYMBOL(swapper_pg_dir)=${(pageOffset + BigInt(roots[0]!)).toString(16)}`,
    "NUMBER(VA_BITS)=57",
    `NUMBER(va_kernel_pa_offset)=0x${pageOffset.toString(16)}`,
  ].join("\n");
  const note = Buffer.alloc(24 + info.length);
  note.writeUInt32LE("VMCOREINFO\0".length, 0);
  note.writeUInt32LE(info.length, 4);
  note.write("VMCOREINFO", 12);
  note.write(info, 24);
  memory.u8.set(note, 0x20000);
  return { ...machine, arch: "riscv64", contents: { ...core(platform, machine.space, 0), cpus: [] } };
}

function core(platform: Platform, { memory }: AddressSpace, base: number): Pick<CoreContents, "format" | "ranges"> {
  const half = memory.u8.subarray(0, RAM / 2);
  return {
    format: member(platform, "core", "write a core"),
    ranges: [
      { physical: base, bytes: half },
      { physical: base + RAM / 2, bytes: memory.u8.subarray(RAM / 2, RAM) },
    ],
  };
}

/** Maps the linear map, an image, real shadow for one page, and the early shadow page for the rest by shared tables. */
function populate(
  architecture: Architecture,
  base: number,
  granules: readonly number[],
): Omit<TestMachine, "arch" | "contents"> {
  const memory = PhysicalMemory.allocate(RAM);
  const frames = new FramePool(memory, TABLES, RAM / 2);
  const moved = base === 0 ? architecture : movedTo(architecture, base);
  const space = new AddressSpace({ architecture: moved, memory, frames });
  const { layout } = architecture;
  const map = (address: bigint, physical: number, size: number, flags: number) =>
    space.map(address, physical, size, flags).ignore("boot");
  map(layout.pageOffset, 0, RAM, KERNEL);
  map(layout.kernelText, 0x10000, 0x4000, READ | EXEC | GLOBAL | ACCESSED);
  map(layout.kernelText + 0x4000n, 0x14000, 0x2000, KERNEL_RO);
  const scale = BigInt(layout.shadowScaleShift);
  const shadowOf = (address: bigint) => BigInt.asUintN(64, (address >> scale) + layout.shadowOffset);
  map(shadowOf(layout.pageOffset), RAM / 2, RAM / 8, KERNEL);
  shareEarlyShadow(space, shadowOf(layout.vmallocStart));
  const object = layout.pageOffset + 0x3000n;
  const at = RAM / 2 + Number(shadowOf(object) - shadowOf(layout.pageOffset));
  memory.u8.set(granules, at);
  return { space, object };
}

/** Maps what one root entry covers of `address`, but for the first of each level, to one page through one table a level. */
function shareEarlyShadow(space: AddressSpace, address: bigint): void {
  const { architecture, memory } = space;
  const last = architecture.levels.length - 1;
  const vpn = Number(address >> 12n);
  let below = EARLY_PAGE;
  for (let level = last; level > 0; level--) {
    const table = space.frames!.allocate();
    const entry = { lo: 0, hi: 0 };
    if (level === last) architecture.encodeLeaf(level, below, KERNEL_RO, entry);
    else architecture.encodeTable(level, below, READ | PageFlags.WRITE | EXEC, entry);
    for (let i = 0; i < 512; i++) {
      memory.i32[table / 4 + i * 2] = entry.lo;
      memory.i32[table / 4 + i * 2 + 1] = entry.hi;
    }
    below = table;
  }
  const pages = 2 ** (architecture.levels[0]!.shift - 12);
  const entry = (Math.floor(vpn / pages) + 1) * pages;
  space.setTable(0, entry, below).ignore("boot");
}

/** An architecture whose entries hold addresses that are `base` higher than those that the tables lie at. */
function movedTo(architecture: Architecture, base: number): Architecture {
  return {
    ...architecture,
    frame: (level, lo, hi, vpn) => architecture.frame(level, lo, hi, vpn) - base,
    encodeLeaf: (level, physical, flags, out) => architecture.encodeLeaf(level, physical + base, flags, out),
    encodeTable: (level, physical, flags, out) => architecture.encodeTable(level, physical + base, flags, out),
  };
}
