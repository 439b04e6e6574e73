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
import { EntryBits } from "./entry.ts";
import { describeFault, pageFaultErrorCode } from "./fault.ts";
import { x86_64 } from "./paging.ts";

const VMALLOC = 0xffffc90000000000n;
const VPN = Number(VMALLOC >> 12n);
let space: AddressSpace;
let mmu: Mmu;
const make = (levels: 4 | 5) => {
  const memory = PhysicalMemory.allocate(2 ** 16, CPU_TLB_BYTES + 64);
  const tlbs = Tlbs.create(memory, new Arena(memory), 1);
  space = new AddressSpace({
    architecture: x86_64({ levels }),
    memory,
    frames: new FramePool(memory, 4096, 2 ** 15),
    tlbs,
  });
  mmu = new Mmu(space, tlbs.cpu(0));
};
beforeEach(() => make(4));

const describe = () => describeFault(mmu.fault, space.explain(mmu.fault.address));

test("a page that is not present", () => {
  space.mapPage(VPN, 8, PageFlags.KERNEL).ignore("new");
  expect(mmu.write8(VPN + 1, 8, 0)).toBe(false);
  expect(describe()).toEqual({
    exception: "#PF",
    errorCode: 2,
    lines: [
      "BUG: unable to handle page fault for address: ffffc90000001008",
      "#PF: supervisor write access in kernel mode",
      "#PF: error_code(0x0002) - not-present page",
      "PGD 2063 P4D 2063 PUD 3063 PMD 4063 PTE 0",
    ],
    oops: "Oops: Oops: 0002",
  });
});

test("a null pointer, and the levels that a walk gets to", () => {
  expect(mmu.read8(0, 16)).toBe(-1);
  expect(describe().lines).toEqual([
    "BUG: kernel NULL pointer dereference, address: 0000000000000010",
    "#PF: supervisor read access in kernel mode",
    "#PF: error_code(0x0000) - not-present page",
    "PGD 0 P4D 0 ",
  ]);
  make(5);
  mmu.read8(0, 16);
  expect(describe().lines.at(-1)).toBe("PGD 0 ");
  space.mapPage(0, 8, PageFlags.KERNEL).ignore("new");
  mmu.read8(1, 0);
  expect(describe().lines.at(-1)).toBe("PGD 2063 P4D 3063 PUD 4063 PMD 5063 PTE 0");
});

test("violations of permissions and reserved bits", () => {
  space.mapPage(VPN, 8, PageFlags.KERNEL_RO).ignore("new");
  expect(mmu.write8(VPN, 0, 1)).toBe(false);
  expect(describe().lines[2]).toBe("#PF: error_code(0x0003) - permissions violation");
  expect(mmu.translate(VPN, Access.EXECUTE)).toBe(-1);
  expect(describe().lines.slice(0, 4)).toEqual([
    "kernel tried to execute NX-protected page - exploit attempt? (uid: 0)",
    "BUG: unable to handle page fault for address: ffffc90000000000",
    "#PF: supervisor instruction fetch in kernel mode",
    "#PF: error_code(0x0011) - permissions violation",
  ]);
  expect(mmu.translate(VPN, Access.READ | Access.USER)).toBe(-1);
  expect(describe().lines.slice(1, 3)).toEqual([
    "#PF: user read access in user mode",
    "#PF: error_code(0x0005) - permissions violation",
  ]);
  space.memory.u32[space.explain(VMALLOC).steps[1]!.entryAddress / 4]! |= EntryBits.PS;
  expect(mmu.read8(VPN + 1, 0)).toBe(-1);
  expect(describe().lines[2]).toBe("#PF: error_code(0x0009) - reserved bit violation");
});

test("SMEP has a remark of its own", () => {
  space.mapPage(16, 8, PageFlags.KERNEL | PageFlags.EXEC | PageFlags.USER).ignore("new");
  expect(mmu.translate(16, Access.EXECUTE)).toBe(-1);
  expect(describe().lines[0]).toBe("unable to execute userspace code (SMEP?) (uid: 0)");
  mmu.translate(17, Access.EXECUTE);
  expect(describe().lines[0]).toMatch(/^BUG/);
  expect(describeFault(mmu.fault).lines.length).toBe(3);
});

test("a non-canonical address is a general protection fault; memory that is not there is a bus error", () => {
  expect(mmu.read8(0xdffffc0000000, 1)).toBe(-1);
  expect(describe()).toEqual({
    exception: "#GP",
    errorCode: 0,
    lines: [],
    oops: "Oops: general protection fault, probably for non-canonical address 0xdffffc0000000001: 0000",
  });
  space.mapPage(VPN, 2 ** 20, PageFlags.KERNEL).ignore("new");
  expect(mmu.read8(VPN, 0)).toBe(-1);
  expect(describe()).toMatchObject({ exception: "bus", oops: expect.stringMatching(/^bus error: read of ffffc9/) });
  expect(pageFaultErrorCode(mmu.fault)).toBe(0);
});
