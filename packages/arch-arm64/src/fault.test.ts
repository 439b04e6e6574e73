import {
  Access,
  AddressSpace,
  Arena,
  CPU_TLB_BYTES,
  FramePool,
  Mmu,
  PageFlags,
  PhysicalMemory,
  Tlbs,
} from "@kasan/mmu";
import { beforeEach, expect, test } from "vitest";
import { describeFault } from "./fault.ts";
import type { Arm64Options } from "./options.ts";
import { arm64 } from "./paging.ts";

const VMALLOC = 0xffff800080000000n;
const VPN = Number(VMALLOC >> 12n);
let space: AddressSpace;
let mmu: Mmu;
const make = (options: Arm64Options = {}) => {
  const architecture = arm64(options);
  const memory = PhysicalMemory.allocate(2 ** 17, CPU_TLB_BYTES + 64);
  const tlbs = Tlbs.create(memory, new Arena(memory), 1, architecture.ignoredTopBits);
  space = new AddressSpace({
    architecture,
    memory,
    frames: new FramePool(memory, 4096, 2 ** 15 + 2 ** 16, 2 ** architecture.pageShift),
    tlbs,
  });
  mmu = new Mmu(space, tlbs.cpu(0));
};
beforeEach(() => make());

const describe = (more = {}) =>
  describeFault(mmu.fault, {
    architecture: space.architecture,
    explanation: space.explain(mmu.fault.address),
    ...more,
  });

test("a page that is not there", () => {
  space.mapPage(VPN, 24, PageFlags.KERNEL).ignore("new");
  expect(mmu.write8(VPN + 1, 8, 0)).toBe(false);
  const kasan = "KASAN: probably wild-memory-access in range [0x0-0x7]";
  expect(describe({ kasan })).toEqual({
    kind: "translation",
    level: 3,
    esr: 0x96000047n,
    address: VMALLOC + 0x1008n,
    lines: [
      "Unable to handle kernel paging request at virtual address ffff800080001008",
      kasan,
      "Mem abort info:",
      "  ESR = 0x0000000096000047",
      "  EC = 0x25: DABT (current EL), IL = 32 bits",
      "  SET = 0, FnV = 0",
      "  EA = 0, S1PTW = 0",
      "  FSC = 0x07: level 3 translation fault",
      "Data abort info:",
      "  ISV = 0, ISS = 0x00000047, ISS2 = 0x00000000",
      "  CM = 0, WnR = 1, TnD = 0, TagAccess = 0",
      "  GCS = 0, Overlay = 0, DirtyBit = 0, Xs = 0",
      "swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000000002000",
      "[ffff800080001008] pgd=1000000000003003, p4d=1000000000003003, pud=1000000000004003, pmd=1000000000005003, pte=0000000000000000",
    ],
    oops: "Internal error: Oops: 0000000096000047",
  });
});

test("a null pointer", () => {
  expect(mmu.read8(0, 16)).toBe(-1);
  const { lines, esr } = describe();
  expect(esr).toBe(0x96000004n);
  expect(lines[0]).toBe("Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010");
  expect(lines.at(-1)).toBe("[0000000000000010] user address but active_mm is swapper");
  expect(describe({ user: true }).lines.slice(-2)).toEqual([
    "user pgtable: 4k pages, 48-bit VAs, pgdp=0000000000001000",
    "[0000000000000010] pgd=0000000000000000",
  ]);
});

test("permissions", () => {
  const first = () => describe().lines[0]!.replace(/ at .*/, "");
  space.mapPage(VPN, 24, PageFlags.KERNEL_RO).ignore("new");
  expect(mmu.write8(VPN, 0, 1)).toBe(false);
  expect(first()).toBe("Unable to handle kernel write to read-only memory");
  expect(describe()).toMatchObject({ kind: "permission", level: 3, esr: 0x9600004fn });
  expect(mmu.translate(VPN, Access.EXECUTE)).toBe(-1);
  expect(first()).toBe("Unable to handle kernel execute from non-executable memory");
  expect(describe().esr).toBe(0x8600000fn);
  expect(describe().lines.join()).not.toContain("Data abort info");
  space.mapPage(16, 24, PageFlags.KERNEL | PageFlags.USER).ignore("new");
  expect(mmu.read8(16, 0)).toBe(-1);
  expect(first()).toBe("Unable to handle kernel access to user memory outside uaccess routines");
  expect(mmu.translate(16, Access.EXECUTE)).toBe(-1);
  expect(first()).toBe("Unable to handle kernel execution of user memory");
  mmu.translate(VPN, Access.READ | Access.USER);
  expect(describe().esr).toBe(0x9200000fn);
  make({ hardwareAccess: false });
  space.mapPage(VPN, 24, PageFlags.KERNEL & ~PageFlags.ACCESSED).ignore("new");
  expect(mmu.read8(VPN, 0)).toBe(-1);
  expect(describe().lines).toContain("  FSC = 0x0b: level 3 access flag fault");
});

test("entries that are wrong, and tables that are not there", () => {
  const { memory } = space;
  space.mapPage(VPN, 24, PageFlags.KERNEL).ignore("new");
  const [, , level2, level3] = space.explain(VMALLOC).steps;
  const status = () => {
    mmu.read8(VPN, 0);
    return describe().lines.find((line) => line.startsWith("  FSC"));
  };
  memory.i32[level3!.entryAddress / 4] = 1;
  expect(status(), "a block at level 3").toBe("  FSC = 0x07: level 3 translation fault");
  memory.i32[level3!.entryAddress / 4] = 0x7000_0403;
  expect(status(), "memory outside RAM").toBe("  FSC = 0x10: synchronous external abort");
  memory.i32[level2!.entryAddress / 4] = 0x7000_0003;
  expect(status(), "a table outside RAM").toBe("  FSC = 0x17: level 3 (translation table walk)");
  make({ physicalBits: 36 });
  space.mapPage(VPN, 24, PageFlags.KERNEL).ignore("new");
  space.memory.i32[space.explain(VMALLOC).steps[1]!.entryAddress / 4 + 1]! |= 1 << 8;
  expect(status()).toBe("  FSC = 0x01: level 1 address size fault");
});

test("addresses between the halves, five levels, two levels, and tags", () => {
  mmu.read8(0xdfff800000000, 1);
  expect(describe()).toMatchObject({ kind: "translation", level: 0, esr: 0x96000004n });
  expect(describe().lines.at(-1)).toBe("[dfff800000000001] address between user and kernel address ranges");
  make({ vaBits: 52 });
  mmu.read8(VPN, 0);
  expect(describe()).toMatchObject({ level: -1, esr: 0x9600002bn });
  expect(describe().lines).toContain("  FSC = 0x2b: level -1 translation fault");
  expect(describe().lines.at(-1)).toBe("[ffff800080000000] pgd=0000000000000000");
  make({ pageSize: 16384, vaBits: 36, kasan: "sw_tags" });
  mmu.read8(0x00fffffffe000, 0);
  expect(describe().address).toBe(0xfffffffffe000000n);
  expect(describe().lines.at(-2)).toMatch(/^swapper pgtable: 16k pages, 36-bit VAs, pgdp=/);
});
