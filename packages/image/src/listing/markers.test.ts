import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PageFlags } from "@kasan/mmu";
import { afterAll, describe, expect, test } from "vitest";
import { x86Machine } from "../../../../scripts/memory-image.ts";
import { writeCore } from "../core-writer.ts";
import { openImage } from "../image.ts";
import { parseKernelConfig } from "../kernel-config.ts";
import type { ImageHints } from "../machine.ts";
import { formatOf, listImage, spellLine } from "./listing.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-image-markers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ESPFIX = 0xffffff0000000000n;
/** Mapped in each machine, so that the tables of the last parts are looked at. */
const FIXMAP = 0xffffffffff580000n;
const EFI = 0xffffffef00000000n;

/** The listing of a machine that maps pages of memory at these addresses too. */
async function listing(levels: 4 | 5, mapped: readonly bigint[], options: ImageHints = {}): Promise<string[]> {
  const { space, contents } = x86Machine(levels);
  for (const address of [...mapped, FIXMAP]) space.map(address, 0x5000, 4096, PageFlags.KERNEL).ignore("boot");
  const file = join(folder, "core.elf");
  writeCore(file, contents);
  const image = await openImage(file, options);
  const format = formatOf(image);
  const lines = Array.from(listImage(image), (line) => spellLine(format, line));
  image.close();
  return lines;
}

const headings = (lines: readonly string[]) => lines.flatMap((line) => /^---\[ (.*) \]---$/.exec(line)?.[1] ?? []);
/** The gap before the first page of ESPfix, and those that follow the last in the tables of the two levels above. */
const GAPS = 3;
/** In the order of `address_markers`. */
const PLAIN = [
  "User Space",
  "Kernel Space",
  "Low Kernel Mapping",
  "vmalloc() Area",
  "Vmemmap",
  "KASAN shadow",
  "KASAN shadow end",
  "CPU entry Area",
  "High Kernel Mapping",
  "Modules",
  "End Modules",
  "Fixmap Area",
] as const;
const FULL = [
  ...PLAIN.slice(0, 2),
  "LDT remap",
  ...PLAIN.slice(2, 8),
  "ESPfix Area",
  "EFI Runtime Services",
  ...PLAIN.slice(8),
];
const without = (...names: string[]) => FULL.filter((name) => !names.includes(name));

describe.each([4, 5] as const)("the headings with %s levels", (levels) => {
  const ldt = levels === 5 ? 0xff10000000000000n : 0xffff880000000000n;

  test("are those of the regions that the tables show to be in use", async () => {
    expect(headings(await listing(levels, []))).toEqual(PLAIN);
    expect(headings(await listing(levels, [ESPFIX + 0x10000n]))).toEqual(without("EFI Runtime Services"));
    expect(headings(await listing(levels, [ldt]))).toEqual(without("ESPfix Area", "EFI Runtime Services"));
    expect(headings(await listing(levels, [EFI]))).toEqual(without("LDT remap", "ESPfix Area"));
    expect(headings(await listing(levels, [ldt, ESPFIX, EFI]))).toEqual(FULL);
  });

  test("are those that the configuration calls for, where it is given", async () => {
    const config = parseKernelConfig(
      "CONFIG_EFI=y\r\nCONFIG_X86_ESPFIX64=y\n# CONFIG_X is not set\nCONFIG_MODIFY_LDT_SYSCALL=y\n",
    );
    expect([...config]).toEqual(["EFI", "X86_ESPFIX64", "MODIFY_LDT_SYSCALL"]);
    expect(headings(await listing(levels, [], { config }))).toEqual(FULL);
    expect(headings(await listing(levels, [ESPFIX, EFI], { config: parseKernelConfig("CONFIG_64BIT=y") }))).toEqual(
      PLAIN,
    );
  });

  test("the LDT's comes with the entry after it, as the kernel begins one part an entry", async () => {
    const lines = await listing(levels, [ESPFIX]);
    const at = lines.indexOf("---[ Kernel Space ]---");
    const direct = levels === 5 ? "ff11000000000000" : "ffff888000000000";
    expect(lines[at + 1]).toContain(`0x${ldt.toString(16)}-0x${direct} `);
    expect(lines[at + 2]).toBe("---[ LDT remap ]---");
    expect(lines[at + 3]).toMatch(new RegExp(`^0x${direct}-0x${(BigInt(`0x${direct}`) + 4096n).toString(16)} .* pte$`));
    expect(lines[at + 4]).toBe("---[ Low Kernel Mapping ]---");
  });

  test.each([
    [3, undefined],
    [7, "... 1 entry skipped ... "],
    [8, "... 3 entries skipped ... "],
  ])("of ESPfix, with %s pages in use, at most 16 lines are told", async (count, skipped) => {
    const pages = Array.from({ length: count }, (_, i) => ESPFIX + BigInt(i * 2 + 1) * 0x10000n);
    const lines = await listing(levels, pages);
    const at = lines.indexOf("---[ ESPfix Area ]---");
    const part = lines.slice(at + 1, lines.indexOf("---[ High Kernel Mapping ]---"));
    expect(part.filter((line) => line.startsWith("0x")).length).toBe(Math.min(16, count * 2 + GAPS));
    expect(part.filter((line) => !line.startsWith("0x"))).toEqual(skipped === undefined ? [] : [skipped]);
  });
});
