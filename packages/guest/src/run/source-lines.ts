import type { KasanReport, StackFrame } from "@kasan/report";
import { type Cache, cacheKey } from "../compile/cache.ts";
import { runTool } from "../compile/tool.ts";
import type { LoadedModule } from "../load/module.ts";
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
  cache: Cache,
): Promise<Map<number, SourcePlace>> {
  if (offsets.length === 0) return new Map();
  const key = cacheKey("source lines", wasm, offsets.join());
  const stored = await cache.get(key);
  const text = stored ? new TextDecoder().decode(stored) : await symbolize(wasm, offsets);
  if (!stored && text !== "") await cache.put(key, new TextEncoder().encode(text));
  return parseSymbolizer(text);
}

async function symbolize(wasm: Uint8Array, offsets: readonly number[]): Promise<string> {
  const addresses = offsets.map((offset) => `0x${offset.toString(16)}`);
  const run = await runTool(["llvm-symbolizer", "--obj=module.wasm", "--output-style=JSON", ...addresses], {
    "module.wasm": codeAndDebug(wasm),
  });
  return new TextDecoder().decode(run.output);
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

function parseSymbolizer(text: string): Map<number, SourcePlace> {
  const places = new Map<number, SourcePlace>();
  let entries: SymbolizerEntry[];
  try {
    // The output is an object for one address, a list for several.
    entries = [JSON.parse(text)].flat() as SymbolizerEntry[];
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

/** Adds file and line to every frame of a report that is in one of the modules. */
export async function locateReports(
  reports: readonly KasanReport[],
  modules: readonly LoadedModule[],
  cache: Cache,
): Promise<KasanReport[]> {
  const frames = reports.flatMap(framesOf);
  const places = new Map<bigint, SourcePlace>();
  for (const { wasm, place } of modules) {
    const codeBytes = BigInt(wasm.codeEnd - wasm.codeStart);
    // A return address belongs to the instruction before it.
    const offsets = frames
      .filter(({ address = 0n }) => address > place.code && address <= place.code + codeBytes)
      .map(({ address = 0n }) => Number(address - place.code) - 1);
    const unique = [...new Set(offsets)].sort((a, b) => a - b);
    for (const [offset, found] of await sourceLines(wasm.bytes, unique, cache)) {
      places.set(place.code + BigInt(offset + 1), found);
    }
  }
  return reports.map((report) => mapFrames(report, (frame) => locate(frame, places)));
}

function locate(frame: StackFrame, places: ReadonlyMap<bigint, SourcePlace>): StackFrame {
  const place = frame.address === undefined ? undefined : places.get(frame.address);
  if (!place) return frame;
  const { file, line, column, inlined } = place;
  return { ...frame, file, line, column, ...(inlined.length > 0 && { inlined }) };
}

function framesOf({ function: place, callTrace, allocated, freed, aux }: KasanReport): StackFrame[] {
  return [place, ...callTrace, ...(allocated?.stack ?? []), ...(freed?.stack ?? []), ...(aux ?? []).flat()];
}

function mapFrames(report: KasanReport, change: (frame: StackFrame) => StackFrame): KasanReport {
  const { allocated, freed, aux } = report;
  return {
    ...report,
    function: change(report.function),
    callTrace: report.callTrace.map(change),
    ...(allocated && { allocated: { ...allocated, stack: allocated.stack?.map(change) } }),
    ...(freed && { freed: { ...freed, stack: freed.stack?.map(change) } }),
    ...(aux && { aux: aux.map((stack) => stack.map(change)) }),
  };
}
