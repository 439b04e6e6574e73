import { Access, type Entry, MEMORY_TYPE_SHIFT, MemoryType, PageFlags } from "@kasan/mmu";
import { expect, test } from "vitest";
import { ttbrAddress } from "./address.ts";
import { Arm64Flags } from "./descriptor.ts";
import type { Arm64Options } from "./options.ts";
import { arm64 } from "./paging.ts";

const small = arm64();
const [L0, L1, L2, L3] = [0, 1, 2, 3] as const;
const { READ, WRITE, EXEC, USER, ACCESSED, DIRTY, KERNEL } = PageFlags;
const entry: Entry = { lo: 0, hi: 0 };
const bits = () => (BigInt(entry.hi >>> 0) << 32n) | BigInt(entry.lo >>> 0);
const leaf = (level: number, physical: number, flags: number, architecture = small) => {
  architecture.encodeLeaf(level, physical, flags, entry);
  return bits();
};
const table = (level: number, physical: number, flags: number, architecture = small) => {
  architecture.encodeTable(level, physical, flags, entry);
  return bits();
};
const halves = (value: bigint) => [Number(value & 0xffff_ffffn), Number(value >> 32n)] as const;

test("entries are those of a real kernel", () => {
  const tagged = (KERNEL & ~PageFlags.MEMORY_TYPE) | (MemoryType.TAGGED << MEMORY_TYPE_SHIFT);
  // Seen in the tables of a 6.12 kernel: PAGE_KERNEL, the linear map's blocks, UXNTable on kernel tables.
  expect(leaf(L3, 0x4ff00000, KERNEL).toString(16)).toBe("e800004ff00703");
  expect(leaf(L2, 0x40000000, tagged).toString(16)).toBe("e8000040000705");
  expect(table(L0, 0x40a14000, READ | WRITE | EXEC).toString(16)).toBe("1000000040a14003");
  expect(table(L0, 0x40a14000, READ | WRITE | EXEC | USER).toString(16)).toBe("40a14003");
});

test("levels follow from granule and width", () => {
  const shape = (options: Arm64Options) =>
    arm64(options).levels.map(({ name, shift, indexBits, leaf }) => `${name}:${shift}+${indexBits}${leaf ? "*" : ""}`);
  expect(shape({ vaBits: 39 })).toEqual(["level 1:30+9*", "level 2:21+9*", "level 3:12+9*"]);
  expect(shape({ vaBits: 48 })[0]).toBe("level 0:39+9");
  expect(shape({ vaBits: 52 }).slice(0, 2)).toEqual(["level -1:48+4", "level 0:39+9*"]);
  expect(shape({ pageSize: 16384, vaBits: 36 })).toEqual(["level 2:25+11*", "level 3:14+11*"]);
  expect(shape({ pageSize: 16384, vaBits: 48 })).toEqual([
    "level 0:47+1",
    "level 1:36+11",
    "level 2:25+11*",
    "level 3:14+11*",
  ]);
  expect(shape({ pageSize: 16384, vaBits: 52 })[1]).toBe("level 1:36+11*");
  expect(shape({ pageSize: 65536, vaBits: 42 })).toEqual(["level 2:29+13*", "level 3:16+13*"]);
  expect(shape({ pageSize: 65536, vaBits: 52 })[0]).toBe("level 1:42+10*");
});

test("large physical addresses are split as LPA and LPA2 say", () => {
  const lpa = arm64({ pageSize: 65536, vaBits: 48, physicalBits: 52 });
  expect(leaf(2, 0xf_0000_0001_0000, READ | PageFlags.GLOBAL, lpa) & 0xffff_ffff_fc00n).toBe(0x0000_0001_f000n);
  const lpa2 = arm64({ vaBits: 52 });
  const large = leaf(4, 0xf_8000_0000_1000, READ | PageFlags.GLOBAL, lpa2);
  expect(large & 0x3_ffff_ffff_ff00n).toBe(0x3_8000_0000_1300n);
  expect(lpa2.frame(4, ...halves(large), 0)).toBe(0xf_8000_0000_1000);
  expect(ttbrAddress(0x0001_0000_407c_f001n)).toBe(0x407cf000);
  expect(ttbrAddress(0x407c_f03dn, 52)).toBe(0xf_0000_407c_f000);
});

test("what the manual reserves is reserved", () => {
  const kind = (level: number, value: bigint, architecture = small) => architecture.kind(level, ...halves(value));
  expect(kind(L0, 1n), "no 512 GiB blocks without LPA2").toBe("reserved");
  expect(kind(L1, 0x401n)).toBe("leaf");
  expect(kind(L3, 1n), "a block at level 3").toBe("reserved");
  expect(kind(L3, 2n), "not valid").toBe("none");
  const narrow = arm64({ physicalBits: 40 });
  expect(kind(L3, (1n << 39n) | 3n, narrow)).toBe("leaf");
  expect(kind(L3, (1n << 40n) | 3n, narrow), "an address larger than implemented").toBe("reserved");
  expect(kind(L0, (1n << 47n) | 3n, narrow)).toBe("reserved");
  const partly = arm64({ pageSize: 16384, vaBits: 52, physicalBits: 50 });
  expect(kind(3, 0x103n, partly), "bit 50 of 50").toBe("reserved");
});

test("tables restrict what lies below them", () => {
  const permits = (value: bigint) => small.limit(L0, ...halves(value)) & (PageFlags.PERMISSIONS | Arm64Flags.USER_EXEC);
  const all = READ | WRITE | EXEC | USER | Arm64Flags.USER_EXEC;
  expect(permits(3n)).toBe(all);
  expect(permits(3n | (1n << 59n)), "PXNTable").toBe(all & ~EXEC);
  expect(permits(3n | (1n << 60n)), "UXNTable").toBe(all & ~Arm64Flags.USER_EXEC);
  expect(permits(3n | (1n << 61n)), "APTable[0]").toBe(all & ~USER);
  expect(permits(3n | (1n << 62n)), "APTable[1]").toBe(all & ~WRITE);
  expect(permits(3n | (1n << 63n)), "NSTable restricts no permission").toBe(all);
});

test("permissions at EL1 and EL0", () => {
  const can = (flags: number, access: number, options: Arm64Options = {}) =>
    arm64(options).check(flags | READ, access) === undefined;
  const { USER_EXEC } = Arm64Flags;
  expect(can(EXEC | USER | WRITE, Access.EXECUTE), "what user code can write").toBe(false);
  expect(can(EXEC | USER, Access.EXECUTE)).toBe(true);
  expect(can(USER, Access.READ), "PAN").toBe(false);
  expect(can(USER, Access.READ, { pan: false })).toBe(true);
  expect(can(USER_EXEC, Access.EXECUTE | Access.USER), "execute-only").toBe(true);
  expect(can(USER_EXEC, Access.READ | Access.USER)).toBe(false);
  expect(can(USER | WRITE, Access.EXECUTE | Access.USER)).toBe(false);
  expect(arm64({ hardwareAccess: false }).check(0, Access.WRITE), "the access flag comes first").toBe("access-flag");
});

test("a clean page with DBM becomes writable by hardware; without hardware it is read-only", () => {
  const clean = leaf(L3, 0, READ | WRITE | ACCESSED);
  expect(clean & 0x80n).toBe(0x80n);
  const [lo, hi] = halves(clean);
  expect(small.flags(L3, lo, hi) & (WRITE | DIRTY)).toBe(WRITE);
  expect(small.flags(L3, small.withDirty(L3, lo, hi), hi) & (WRITE | DIRTY)).toBe(WRITE | DIRTY);
  const old = arm64({ hardwareDirty: false });
  expect(old.flags(L3, lo, hi) & WRITE).toBe(0);
  expect(old.withDirty(L3, lo, hi)).toBe(lo);
});

test("what needs break-before-make", () => {
  const reason = (level: number, before: bigint, after: bigint) =>
    small.breakReason!(level, ...halves(before), ...halves(after));
  const base = leaf(L3, 0x1000, KERNEL);
  const with_ = (flags: number) => leaf(L3, 0x1000, flags);
  expect(reason(L3, base, leaf(L3, 0x2000, KERNEL))).toBe("output address");
  expect(reason(L2, leaf(L2, 0x200000, KERNEL), table(L2, 0x200000, KERNEL))).toBe("block size");
  expect(reason(L2, table(L2, 0x1000, READ), table(L2, 0x2000, READ))).toBe("next-level table");
  expect(reason(L2, table(L2, 0x1000, READ), table(L2, 0x1000, READ | EXEC | WRITE))).toBeUndefined();
  expect(reason(L2, 3n, 3n | (1n << 63n))).toBe("security state");
  const type = (t: number) => with_((KERNEL & ~PageFlags.MEMORY_TYPE) | (t << MEMORY_TYPE_SHIFT));
  expect(reason(L3, base, type(MemoryType.UNCACHED))).toBe("memory type");
  expect(reason(L3, base, type(MemoryType.WRITE_COMBINING))).toBe("memory type");
  expect(reason(L3, base, type(MemoryType.TAGGED)), "tags are a permission").toBeUndefined();
  expect(reason(L3, type(MemoryType.UNCACHED), (base & ~0x1cn) | 0x1cn), "index 7 is nGnRnE too").toBeUndefined();
  expect(reason(L3, base, with_(KERNEL | Arm64Flags.NOT_INNER_SHAREABLE))).toBe("shareability");
  expect(reason(L3, base, with_(KERNEL | Arm64Flags.CONTIGUOUS))).toBe("contiguous entry");
  expect(reason(L3, with_(KERNEL | Arm64Flags.CONTIGUOUS), with_(KERNEL | Arm64Flags.CONTIGUOUS))).toBeUndefined();
  expect(reason(L3, base, with_(KERNEL | Arm64Flags.NON_SECURE))).toBe("security state");
  expect(reason(L3, with_(KERNEL & ~PageFlags.GLOBAL), base)).toBe("not global to global");
  expect(reason(L3, base, with_(KERNEL & ~PageFlags.GLOBAL))).toBeUndefined();
  for (const safe of [KERNEL & ~WRITE, KERNEL | EXEC, KERNEL & ~ACCESSED, KERNEL & ~DIRTY, KERNEL | USER]) {
    expect(reason(L3, base, with_(safe))).toBeUndefined();
    expect(reason(L3, with_(safe), base)).toBeUndefined();
  }
  expect(reason(L3, base, with_(KERNEL | Arm64Flags.SPECIAL | Arm64Flags.IGNORED))).toBeUndefined();
});

test("decode names each field", () => {
  const shown = (level: number, value: bigint, architecture = small) =>
    architecture
      .decode(level, value)
      .fields.filter(({ value }) => value !== 0n)
      .map(({ name, high, low, meaning }) => [name, high === low ? high : `${high}-${low}`, meaning].join(" ").trim());
  expect(shown(L3, 0x00f8_0000_4ff0_0f07n)).toEqual([
    "SW0 55 Linux: DIRTY",
    "UXN 54 no user execute",
    "PXN 53 no kernel execute",
    "Contiguous 52 one of a set that a TLB entry may hold",
    "DBM 51 hardware may make it writable (Linux: WRITE)",
    "page 47-12 physical 0x4ff00000",
    "nG 11 of one address space",
    "AF 10 accessed",
    "SH 9-8 inner shareable",
    "AttrIndx 4-2 NORMAL_TAGGED, MAIR 0xf0",
    "type 1 page",
    "valid 0 valid",
  ]);
  expect(shown(L0, 0xf800_0000_40a1_4003n)).toEqual([
    "NSTable 63 non-secure below",
    "APTable 62-61 read-only, no user access below",
    "UXNTable 60 no user execute below",
    "PXNTable 59 no kernel execute below",
    "table 47-12 physical 0x40a14000",
    "type 1 table",
    "valid 0 valid",
  ]);
  expect(shown(L0, 0x401n)).toEqual(["ignored 63-2", "valid 0 valid"]);
  expect(shown(L3, 0xf0n)).toEqual(["ignored 63-1"]);
  expect(shown(4, 0x3_8000_0000_1303n, arm64({ vaBits: 52 }))).toContain("page 51:50 9-8");
  expect(shown(2, 0x1_f003n, arm64({ pageSize: 65536, vaBits: 48, physicalBits: 52 }))).toContain("page 51:48 15-12");
});

test("options out of range are refused", () => {
  const refused = expect.objectContaining({ name: "Arm64Error", code: "ARM64_OPTIONS" });
  expect(() => arm64({ pageSize: 8192 as 4096 })).toThrow(refused);
  expect(() => arm64({ vaBits: 35 })).toThrow(refused);
  expect(() => arm64({ vaBits: 52, actualVaBits: 47 })).toThrow(refused);
  expect(() => arm64({ physicalBits: 53 })).toThrow(refused);
});
