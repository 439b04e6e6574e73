import type { KasanReport, StackFrame } from "@kasan/report";
import { host } from "#host";
import type { CompileCache } from "../compile/compile-cache.ts";
import type { Disk } from "../host/disk.ts";
import type { LoadedModule } from "../load/module.ts";
import { type SourcePlace, sourceLinesNow } from "./source-lines.ts";
import { sourcePath } from "./source-paths.ts";

/** The source of a machine's code, by address. What was looked up once is kept. */
export class CodePlaces {
  private readonly found = new Map<bigint, SourcePlace | undefined>();
  private readonly tool = host.toolNow();

  /**
   * @param modules - the modules that have the code: those that are loaded now
   * @param tree - the kernel's source that they were compiled against
   * @param disk - where the source is
   */
  constructor(
    private readonly modules: () => readonly LoadedModule[],
    private readonly cache: CompileCache,
    private readonly tree: string | undefined,
    private readonly disk: Disk,
  ) {}

  /** The sources of return addresses: each belongs to the instruction before it. Addresses of no module are not in the answer. */
  find(addresses: Iterable<bigint>): ReadonlyMap<bigint, SourcePlace> {
    const wanted = [...new Set(addresses)];
    for (const module of this.modules()) {
      const own = wanted.filter((address) => !this.found.has(address) && isIn(module, address));
      if (own.length > 0) this.lookUp(module, own);
    }
    return new Map(
      wanted.flatMap((address) => {
        const place = this.found.get(address);
        return place ? [[address, place] as const] : [];
      }),
    );
  }

  /** Adds file and line to every frame of a report that is in one of the modules. */
  locate(report: KasanReport): KasanReport {
    const places = this.find(framesOf(report).flatMap(({ address }) => address ?? []));
    return mapFrames(report, (frame) => locate(frame, places));
  }

  /** Adds file and line to those of some frames that are in one of the modules. */
  locateFrames(frames: readonly StackFrame[]): StackFrame[] {
    const places = this.find(frames.flatMap(({ address }) => address ?? []));
    return frames.map((frame) => locate(frame, places));
  }

  private lookUp({ image, place, wasm }: LoadedModule, addresses: readonly bigint[]): void {
    const offsets = addresses.map((address) => Number(address - place.code) - 1).sort((a, b) => a - b);
    const lines = sourceLinesNow(wasm.bytes, offsets, this.cache, this.tool);
    const code = { library: image.name === undefined, tree: this.tree, disk: this.disk };
    const path = <T extends { readonly file: string }>(one: T): T => ({ ...one, file: sourcePath(one.file, code) });
    for (const offset of offsets) {
      const line = lines.get(offset);
      const known = line && path({ ...line, inlined: line.inlined.map(path) });
      this.found.set(place.code + BigInt(offset + 1), known);
    }
  }
}

function isIn({ wasm, place }: LoadedModule, address: bigint): boolean {
  return address > place.code && address <= place.code + BigInt(wasm.codeEnd - wasm.codeStart);
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
