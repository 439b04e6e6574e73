import { type KernelSymbol, SymbolTable } from "../symbols/symbol-table.ts";
import type { VirtualMemory } from "../virtual.ts";
import type { Kernel } from "./kernel.ts";
import { offsetOf } from "./layout.ts";
import { listNodes } from "./list.ts";

/** `struct module` begins with its state, then its place in the list, then its name (include/linux/module.h). */
const LIST = 8n;
const NAME = 24n;
/** Bytes of `struct module` that are searched for its symbols; it has some 1,300. */
const SEARCHED = 4096;
const MOST_SYMBOLS = 2 ** 20;
/** Bytes of a symbol of an ELF file, and its parts. */
const ELF_SYMBOL = 24;
const SHN_UNDEF = 0;

/** The symbols of a kernel's modules; none if they cannot be read. */
export function modulesOf(kernel: Kernel): SymbolTable {
  return kernel.once("modules", () => kernel.attempt(() => readModules(kernel)) ?? new SymbolTable([]));
}

function readModules(kernel: Kernel): SymbolTable {
  const head = kernel.symbol("modules");
  if (head === undefined) return new SymbolTable([]);
  const symbols: KernelSymbol[] = [];
  for (const node of listNodes(kernel.memory, head)) {
    const module = node - LIST;
    symbols.push(...(kernel.attempt(() => symbolsOf(kernel, module)) ?? []));
  }
  return new SymbolTable(symbols);
}

function symbolsOf(kernel: Kernel, module: bigint): KernelSymbol[] {
  const { memory } = kernel;
  const name = memory.text(module + NAME, 64);
  const table = tableOf(kernel, module);
  if (!table) return [];
  const bytes = memory.bytes(table.symbols, table.count * ELF_SYMBOL);
  const view = new DataView(bytes.buffer);
  const found: KernelSymbol[] = [];
  for (let i = 1; i < table.count; i++) {
    const at = i * ELF_SYMBOL;
    const named = view.getUint32(at, true);
    if (view.getUint16(at + 6, true) === SHN_UNDEF || named >= table.stringBytes) continue;
    const text = memory.text(table.strings + BigInt(named), 512);
    // Mapping symbols of arm64 and riscv64 name no code.
    if (text === "" || text.startsWith("$") || text.startsWith(".L")) continue;
    const type = table.types === undefined ? "?" : String.fromCharCode(memory.u8(table.types + BigInt(i)));
    found.push({ name: text, address: view.getBigUint64(at + 8, true), type, module: name });
  }
  return found;
}

/** `struct mod_kallsyms`. */
interface ModuleSymbols {
  readonly symbols: bigint;
  readonly count: number;
  readonly strings: bigint;
  readonly stringBytes: number;
  readonly types: bigint | undefined;
}

/** A module's symbols: where its types say, else where a member points to what looks like them, within the module itself. */
function tableOf(kernel: Kernel, module: bigint): ModuleSymbols | undefined {
  const { memory } = kernel;
  const member = offsetOf(kernel, "module", "kallsyms");
  if (member !== undefined) return tableAt(memory, memory.u64(module + BigInt(member)));
  for (let at = 0; at < SEARCHED; at += 8) {
    const pointer = kernel.attempt(() => memory.u64(module + BigInt(at)));
    if (pointer === undefined || pointer <= module || pointer >= module + BigInt(SEARCHED)) continue;
    const table = kernel.attempt(() => tableAt(memory, pointer));
    if (table) return table;
  }
  return undefined;
}

function tableAt(memory: VirtualMemory, at: bigint): ModuleSymbols | undefined {
  const [symbols, count, strings, types] = [
    memory.u64(at),
    memory.u32(at + 8n),
    memory.u64(at + 16n),
    memory.u64(at + 24n),
  ];
  if (count === 0 || count > MOST_SYMBOLS || !memory.has(symbols) || !memory.has(strings)) return undefined;
  // Both tables begin with an empty entry.
  if (memory.u64(symbols) !== 0n || memory.u8(strings) !== 0) return undefined;
  return { symbols, count, strings, stringBytes: 2 ** 24, types: memory.has(types) ? types : undefined };
}
