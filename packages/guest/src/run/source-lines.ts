import { type CompileCache, cacheKey } from "../compile/compile-cache.ts";
import { runTool } from "../compile/tool.ts";
import type { ToolJob } from "../compile/tools.ts";
import type { ToolNow } from "../host/host.ts";
import { Reader } from "../wasm/reader.ts";
import { Writer } from "../wasm/writer.ts";

/** A place in source code. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Functions inlined into the frame at this place, innermost first. */
  readonly inlined: readonly { readonly symbol: string; readonly file: string; readonly line: number }[];
}

interface SymbolizerEntry {
  readonly Address: string;
  readonly Symbol?: readonly { FunctionName: string; FileName: string; Line: number; Column: number }[];
}

/**
 * File and line of offsets into a module's code section, determined by llvm-symbolizer from its DWARF. Results are kept in the
 * cache.
 */
export async function sourceLines(
  wasm: Uint8Array,
  offsets: readonly number[],
  cache: CompileCache,
): Promise<Map<number, SourcePlace>> {
  if (offsets.length === 0) return new Map();
  const key = keyOf(wasm, offsets);
  const stored = await cache.get(key);
  if (stored) return parseSymbolizer(stored);
  const { command, files } = symbolizer(wasm, offsets);
  const { output } = await runTool(command, files);
  if (output.length > 0) await cache.put(key, output);
  return parseSymbolizer(output);
}

/** As {@link sourceLines}, for callers that cannot wait. */
export function sourceLinesNow(
  wasm: Uint8Array,
  offsets: readonly number[],
  cache: CompileCache,
  tool: ToolNow,
): Map<number, SourcePlace> {
  if (offsets.length === 0) return new Map();
  const key = keyOf(wasm, offsets);
  const stored = cache.getSync(key);
  if (stored) return parseSymbolizer(stored);
  const { output } = tool.run(symbolizer(wasm, offsets));
  if (output.length > 0) cache.putSync(key, output);
  return parseSymbolizer(output);
}

const keyOf = (wasm: Uint8Array, offsets: readonly number[]): string => cacheKey("source lines", wasm, offsets.join());

function symbolizer(wasm: Uint8Array, offsets: readonly number[]): ToolJob {
  const addresses = offsets.map((offset) => `0x${offset.toString(16)}`);
  return {
    command: ["llvm-symbolizer", "--obj=module.wasm", "--output-style=JSON", ...addresses],
    files: { "module.wasm": codeAndDebug(wasm) },
  };
}

/** Types, imports, functions, code. LLVM's reader fails on some other sections and needs none of them. */
const KEPT_SECTIONS = new Set([1, 2, 3, 10]);

/** Extracts a module's code and debug information; offsets into the code section do not change. */
function codeAndDebug(wasm: Uint8Array): Uint8Array {
  const reader = new Reader(wasm, 8);
  const out = new Writer(wasm.length).range(wasm, 0, 8);
  while (reader.position < wasm.length) {
    const start = reader.position;
    const id = reader.u8();
    const end = reader.u32() + reader.position;
    const debug = id === 0 && reader.name().startsWith(".debug_");
    reader.position = Math.min(end, wasm.length);
    if (debug || KEPT_SECTIONS.has(id)) out.range(wasm, start, reader.position);
  }
  return out.bytes;
}

function parseSymbolizer(output: Uint8Array): Map<number, SourcePlace> {
  const places = new Map<number, SourcePlace>();
  let entries: SymbolizerEntry[];
  try {
    // The output is an object for one address, a list for several.
    entries = [JSON.parse(new TextDecoder().decode(output))].flat() as SymbolizerEntry[];
  } catch {
    return places; // A module without DWARF has no lines; the report is still useful.
  }
  for (const { Address, Symbol: frames = [] } of entries) {
    const outer = frames.at(-1);
    if (!outer?.FileName || outer.Line === 0) continue;
    const inlined = frames
      .slice(0, -1)
      .map(({ FunctionName, FileName, Line }) => ({ symbol: FunctionName, file: FileName, line: Line }));
    places.set(Number(Address), { file: outer.FileName, line: outer.Line, column: outer.Column, inlined });
  }
  return places;
}
