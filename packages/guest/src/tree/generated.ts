import type { KernelConfig } from "./config.ts";
import { autoconf } from "./config.ts";
import { type KernelTree, releaseOf } from "./kernel-tree.ts";
import { ownNames } from "./own-code.ts";

/** The header that our own code begins with. */
export const OWN_NAMES = "kasan/own-names.h";

/** Texts by path. */
export type Texts = Readonly<Record<string, string>>;

/**
 * Wrappers of headers that an architecture leaves to asm-generic (scripts/Makefile.asm-generic), by name: all that it does not have itself.
 *
 * @param uapi - "" or "uapi/"
 * @param own - names of the headers that the architecture here has itself
 */
function wrappers(tree: KernelTree, uapi: "" | "uapi/", own: ReadonlySet<string>): Texts {
  const folder = `include/${uapi}asm-generic`;
  const names = [...tree.names(folder), ...tree.names(`${folder}/vdso`).map((name) => `vdso/${name}`)];
  const headers = names.filter((name) => name.endsWith(".h") && !own.has(name));
  return Object.fromEntries(headers.map((name) => [`asm/${name}`, `#include <asm-generic/${name}>\n`]));
}

/** Zones of memory that a configuration has (include/linux/mmzone.h): those named, ZONE_NORMAL and ZONE_MOVABLE. */
const ZONES = ["ZONE_DMA", "ZONE_DMA32", "HIGHMEM", "ZONE_DEVICE"];

/** `generated/bounds.h` (kernel/bounds.c): numbers of bits that structures need. */
function bounds(config: KernelConfig): string {
  const zones = 2 + ZONES.filter((name) => config.has(name)).length;
  const cpus = Number(config.get("NR_CPUS") ?? 1);
  return defines({
    // Page flags are numbered by an enumeration; there is room for more than any kernel has.
    NR_PAGEFLAGS: 32,
    MAX_NR_ZONES: zones,
    NR_CPUS_BITS: Math.ceil(Math.log2(cpus)),
    // With debugging, the lock also has a magic number, a CPU and its owner.
    SPINLOCK_SIZE: config.has("DEBUG_SPINLOCK") ? 24 : 4,
    LRU_GEN_WIDTH: 0,
    __LRU_REFS_WIDTH: 0,
  });
}

/** `generated/timeconst.h` (kernel/time/timeconst.bc): factors to convert ticks to units of time and back. */
function timeConstants(hz: bigint): string {
  const values: Record<string, string> = {};
  const units = { MSEC: 1000n, USEC: 1_000_000n };
  for (const [unit, perSecond] of Object.entries(units)) {
    fraction(values, `HZ_TO_${unit}`, perSecond, hz);
    fraction(values, `${unit}_TO_HZ`, hz, perSecond);
  }
  const nano = 1_000_000_000n;
  const common = gcd(hz, nano);
  values.HZ_TO_NSEC_NUM = String(nano / common);
  values.HZ_TO_NSEC_DEN = String(hz / common);
  values.NSEC_TO_HZ_NUM = String(hz / common);
  values.NSEC_TO_HZ_DEN = String(nano / common);
  return `#include <linux/param.h>\n#include <linux/types.h>\n${defines(values)}`;
}

/** One conversion by `numerator / denominator`: as a reduced fraction, and as a multiplication of 32 bits with a shift. */
function fraction(values: Record<string, string>, name: string, numerator: bigint, denominator: bigint): void {
  const common = gcd(numerator, denominator);
  const [num, den] = [numerator / common, denominator / common];
  // The largest shift with which the factor fits 32 bits.
  let shift = 0n;
  while (ceilDivide(num << shift, den) < 1n << 31n) shift++;
  const ceiling = ceilDivide(num << shift, den);
  const adjust = den === 1n ? 0n : ((1n << shift) * (den - 1n)) / den;
  values[`${name}_MUL32`] = `U64_C(0x${ceiling.toString(16)})`;
  values[`${name}_ADJ32`] = `U64_C(0x${adjust.toString(16)})`;
  values[`${name}_SHR32`] = String(shift);
  values[`${name}_NUM`] = String(num);
  values[`${name}_DEN`] = String(den);
}

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** One step of a cyclic redundancy check of 8 bits. `polynomial`: reflected for little-endian order. */
function crcTable(bits: 32 | 64, polynomial: bigint, reflected: boolean): bigint[] {
  const top = 1n << BigInt(bits - 1);
  const step = (crc: bigint): bigint => {
    if (reflected) return crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    return BigInt.asUintN(bits, crc & top ? (crc << 1n) ^ polynomial : crc << 1n);
  };
  return Array.from({ length: 256 }, (_, byte) => {
    let crc = reflected ? BigInt(byte) : BigInt(byte) << BigInt(bits - 8);
    for (let bit = 0; bit < 8; bit++) crc = step(crc);
    return crc;
  });
}

/** Eight tables, with which a CRC of 32 bits takes eight bytes at a time: the nth advances by n more bytes. */
function slicedTables(polynomial: bigint, reflected: boolean): bigint[][] {
  const [first] = [crcTable(32, polynomial, reflected)];
  const tables = [first];
  while (tables.length < 8) {
    const last = tables[tables.length - 1];
    tables.push(
      last.map((crc) =>
        reflected
          ? first[Number(crc & 0xffn)] ^ (crc >> 8n)
          : first[Number(crc >> 24n)] ^ BigInt.asUintN(32, crc << 8n),
      ),
    );
  }
  return tables;
}

/** `crc32table.h` (lib/crc/gen_crc32table.c), since 6.14: tables for one byte at a time. */
function plainCrc32Tables(): string {
  const table = (name: string, values: readonly bigint[]) =>
    `static const u32 ____cacheline_aligned ${name}[256] = {${values.map((crc) => `0x${crc.toString(16)}`).join(", ")}};\n`;
  return [
    table("crc32table_le", crcTable(32, 0xedb88320n, true)),
    table("crc32table_be", crcTable(32, 0x04c11db7n, false)),
    table("crc32ctable_le", crcTable(32, 0x82f63b78n, true)),
  ].join("\n");
}

/** `crc32table.h` before (lib/gen_crc32table.c). The macros put the numbers into the processor's order. */
function crc32Tables(): string {
  const table = (name: string, macro: string, tables: readonly (readonly bigint[])[]) => {
    const rows = tables.map((row) => `{${row.map((crc) => `${macro}(0x${crc.toString(16)}L)`).join(", ")}}`);
    return `static const u32 ____cacheline_aligned ${name}[${tables.length}][256] = {${rows.join(",\n")}};\n`;
  };
  return [
    table("crc32table_le", "tole", slicedTables(0xedb88320n, true)),
    table("crc32table_be", "tobe", slicedTables(0x04c11db7n, false)),
    table("crc32ctable_le", "tole", slicedTables(0x82f63b78n, true)),
  ].join("\n");
}

/** `lib/crc64table.h` (lib/gen_crc64table.c): the CRC of ECMA-182, and that of NVMe. */
function crc64Tables(): string {
  const table = (name: string, values: readonly bigint[]) =>
    `static const u64 ____cacheline_aligned ${name}[256] = {${values.map((crc) => `0x${crc.toString(16)}ULL`).join(", ")}};\n`;
  const nvme = crcTable(64, 0x9a6c9329ac4bc9b5n, true);
  return [
    "#include <linux/types.h>\n#include <linux/cache.h>\n",
    table("crc64table", crcTable(64, 0x42f0e1eba9ea3693n, false)),
    table("crc64rocksofttable", nvme),
    table("crc64nvmetable", nvme),
  ].join("\n");
}

const defines = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `#define ${name} ${value}\n`)
    .join("");

/**
 * Headers that a kernel's build makes, by path: those in `generated/`, and wrappers of asm-generic in `asm/`. Those of `uapi/` are
 * under that folder.
 *
 * @param own - names of the headers in `asm/` and `uapi/asm/` of the architecture here
 */
export function generatedHeaders(
  tree: KernelTree,
  config: KernelConfig,
  own: { readonly asm: ReadonlySet<string>; readonly uapi: ReadonlySet<string> },
): Texts {
  const { version, patchLevel, subLevel } = tree.version;
  const uapi = Object.entries(wrappers(tree, "uapi/", own.uapi)).map(([path, text]) => [`uapi/${path}`, text]);
  return {
    ...wrappers(tree, "", own.asm),
    ...Object.fromEntries(uapi),
    "generated/autoconf.h": autoconf(config),
    "generated/bounds.h": bounds(config),
    [OWN_NAMES]: ownNames(tree.version),
    "generated/asm-offsets.h": "",
    // kernel/sched/rq-offsets.c: migrate_disable() counts in the run queue, of which there is no more here (lib/sched.c).
    "generated/rq-offsets.h": defines({ RQ_nr_pinned: 0 }),
    "crc32table.h": tree.read("lib/crc/gen_crc32table.c") ? plainCrc32Tables() : crc32Tables(),
    "crc64table.h": crc64Tables(),
    "generated/timeconst.h": timeConstants(BigInt(config.get("HZ") ?? 1000)),
    "generated/utsrelease.h": defines({ UTS_RELEASE: `"${releaseOf(tree.version)}"` }),
    "generated/package.h": defines({ LINUX_PACKAGE_ID: `""` }),
    "generated/utsversion.h": defines({ UTS_VERSION: `"#1"` }),
    "generated/compile.h": defines({
      UTS_VERSION: `"#1"`,
      UTS_MACHINE: `"kasan"`,
      LINUX_COMPILE_BY: `"kasan"`,
      LINUX_COMPILE_HOST: `"kasan"`,
      LINUX_COMPILER: `"clang"`,
    }),
    "uapi/linux/version.h": `${defines({
      LINUX_VERSION_CODE: version * 65536 + patchLevel * 256 + Math.min(subLevel, 255),
      LINUX_VERSION_MAJOR: version,
      LINUX_VERSION_PATCHLEVEL: patchLevel,
      LINUX_VERSION_SUBLEVEL: subLevel,
    })}#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n`,
  };
}
