import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { AddressSpace, PageFlags, PhysicalMemory, type Range, regionOf } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";
import { beforeAll, describe, expect, test } from "vitest";
import type { X86Levels } from "./layout.ts";
import { x86_64 } from "./paging.ts";

/** Listings and memory of real kernels; see the README there. */
const ORACLE = new URL("../../../../shared/oracle/", import.meta.url).pathname;
const present = existsSync(ORACLE);
if (!present) console.warn(`skipped: comparison with real kernels, for which ${ORACLE} is needed`);

/** The region that starts at a marker of the kernel's listing. */
const MARKERS: Record<string, string> = {
  "User Space": "user space",
  "Low Kernel Mapping": "direct map",
  "vmalloc() Area": "vmalloc",
  Vmemmap: "vmemmap",
  "KASAN shadow": "KASAN shadow",
  "KASAN shadow end": "hole",
  "CPU entry Area": "cpu_entry_area",
  "High Kernel Mapping": "kernel text",
  Modules: "modules",
  "Fixmap Area": "fixmap",
};

describe.skipIf(!present).each([4, 5] as const)("a real kernel with %i levels", (levels) => {
  const folder = `${ORACLE}x86_64-${levels}level-generic/`;
  const architecture = x86_64({ levels });
  let listing: string[];
  let starts: Map<string, bigint>;

  beforeAll(() => {
    const log = readFileSync(`${folder}console.log`, "utf8").split(/\r?\n/);
    listing = log.slice(log.indexOf("@@@ PT BEGIN") + 1, log.indexOf("@@@ PT END"));
    starts = new Map();
    for (const [i, line] of listing.entries()) {
      const name = /^---\[ (.*) \]---$/.exec(line)?.[1];
      if (name) starts.set(name, BigInt(listing[i + 1]!.slice(0, 18)));
    }
  });

  test("has the regions that the layout says", () => {
    for (const [marker, name] of Object.entries(MARKERS)) {
      const start = starts.get(marker)!;
      const region = regionOf(architecture.regions, start);
      expect([region.name, region.start.toString(16)]).toEqual([name, start.toString(16)]);
    }
  });

  test("has page tables, in its memory, that list as it listed them", ({ skip }) => {
    const memory = loadMemory(`${folder}memory.elf.zst`);
    if (memory === undefined) return skip("needs the zstd command");
    const cr3 = /CR3=([0-9a-f]+)/.exec(readFileSync(`${folder}registers.txt`, "utf8"))![1]!;
    const space = new AddressSpace({ architecture, memory, roots: [Number.parseInt(cr3, 16) & -4096] });
    const { layout } = architecture;
    // Memory was saved after the listing: meanwhile tasks have come and gone in vmalloc space and its shadow.
    const shadowOf = (address: bigint) => (address >> 3n) + layout.shadowOffset;
    const moved = (line: string) => {
      const start = BigInt(line.slice(0, 18));
      const within = (first: bigint, last: bigint) => first <= start && start <= last;
      return (
        within(layout.vmallocStart, layout.vmallocEnd) ||
        within(shadowOf(layout.vmallocStart), shadowOf(layout.vmallocEnd))
      );
    };
    const kernelStart = BigInt(levels === 5 ? 0xff10n << 48n : 0xffff88n << 40n);
    const ours = listLines(space, kernelStart, [...starts.values()], levels);
    const expected = listing.filter((line) => line.startsWith("0xff"));
    expect(merged(ours.filter((line) => !moved(line)))).toEqual(merged(expected.filter((line) => !moved(line))));
    expect(ours.length).toBeGreaterThan(100);
  });
});

/** Physical memory from an ELF core, as far as it is RAM. */
function loadMemory(path: string): PhysicalMemory | undefined {
  let elf: Buffer;
  try {
    elf = execFileSync("zstd", ["-dcq", path], { maxBuffer: 2 ** 30 });
  } catch {
    return undefined;
  }
  const memory = PhysicalMemory.allocate(192 * 2 ** 20);
  const headers = Number(elf.readBigUInt64LE(32));
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const header = headers + i * 56;
    const [offset, physical, bytes] = [8, 24, 32].map((at) => Number(elf.readBigUInt64LE(header + at))) as [
      number,
      number,
      number,
    ];
    if (elf.readUInt32LE(header) === 1 && physical + bytes <= memory.size) {
      memory.u8.set(elf.subarray(offset, offset + bytes), physical);
    }
  }
  return memory;
}

/** The lines that differ from the line before. The kernel also starts a new line where only accessed or dirty bits differ, and these have changed since. */
function merged(lines: string[]): string[] {
  const columns = (line: string) => line.slice(51);
  return lines
    .filter((line, i) => i === 0 || columns(lines[i - 1]!) !== columns(line))
    .map((line) => `${line.slice(0, 18)} ${columns(line)}`);
}

/** Lists page tables as the kernel's /sys/kernel/debug/page_tables/kernel does, from `from` on, without ends and sizes. */
function listLines(space: AddressSpace, from: bigint, markers: readonly bigint[], levels: X86Levels): string[] {
  const names = levels === 5 ? ["pgd", "p4d", "pud", "pmd", "pte"] : ["pgd", "pud", "pmd", "pte"];
  const lines: string[] = [];
  for (const range of space.ranges(from, 2n ** 64n - 1n, { ignore: 0, gapsByLevel: true })) {
    const cuts = markers.filter((marker) => range.start < marker && marker <= range.end);
    const ends = [...cuts, range.end + 1n];
    let start = range.start;
    for (const end of ends) {
      lines.push(`${`0x${formatAddress(start)}`.padEnd(51)}${protection(range, names[range.level]!)}`);
      start = end;
    }
  }
  return lines;
}

function protection({ kind, flags }: Range, level: string): string {
  if (kind !== "mapped") return `${" ".repeat(30)}${level}`;
  const type = (flags & PageFlags.MEMORY_TYPE) >>> 8;
  const columns = [
    flags & PageFlags.USER ? "USR" : "   ",
    flags & PageFlags.WRITE ? "RW" : "ro",
    type === 4 ? "PWT" : "   ",
    type === 4 || type === 3 ? "PCD" : "   ",
    level === "pte" ? "   " : "PSE",
    "   ",
    flags & PageFlags.GLOBAL ? "GLB" : "   ",
    flags & PageFlags.EXEC ? "x " : "NX",
    level,
  ];
  return columns.join(" ");
}
