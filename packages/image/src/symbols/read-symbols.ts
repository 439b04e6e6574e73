import { ranges, type Tables } from "@kasan/mmu";
import { ImageError } from "../error.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { VmcoreInfo } from "../vmcoreinfo.ts";
import { kallsymsParts, readKallsyms } from "./kallsyms.ts";
import { findKallsyms, type MappedPiece } from "./kallsyms-search.ts";
import type { SymbolTable } from "./symbol-table.ts";

/**
 * Reads a kernel's symbols from its memory: where VMCOREINFO says, or where they are found.
 *
 * @throws {@link ImageError} `IMAGE_SYMBOLS` if there are none, or they are damaged
 */
export function readSymbols(tables: Tables, memory: VirtualMemory, facts: VmcoreInfo | undefined): SymbolTable {
  const address = facts?.symbol("swapper_pg_dir");
  const anchor = address === undefined ? undefined : { name: "swapper_pg_dir", address };
  const parts = (facts && kallsymsParts(facts)) ?? findKallsyms(memory, mappedImage(tables));
  try {
    if (parts) return readKallsyms(memory, parts, anchor);
  } catch (error) {
    if (!(error instanceof ImageError && error.code === "IMAGE_ADDRESS")) throw error;
    const how = "give its System.map with --symbols, or its vmlinux with --vmlinux";
    throw new ImageError("IMAGE_SYMBOLS", `the kernel's symbols are not all in the image; ${how} (${error.message})`);
  }
  throw new ImageError("IMAGE_SYMBOLS", "the kernel's symbols were not found; give its System.map with --symbols");
}

/** Where the kernel image, and all above it, is mapped. */
function mappedImage(tables: Tables): MappedPiece[] {
  const { kernelText } = tables.architecture.layout;
  const pieces: MappedPiece[] = [];
  for (const { kind, backing, start, end } of ranges(tables, kernelText, 2n ** 64n - 1n, { aliases: "refer" })) {
    if (kind !== "mapped" || backing === "repeated") continue;
    const last = pieces.at(-1);
    if (last && last.end + 1n === start) pieces[pieces.length - 1] = { start: last.start, end };
    else pieces.push({ start, end });
  }
  return pieces;
}
