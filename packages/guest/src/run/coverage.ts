import type { CompileCache } from "../compile/compile-cache.ts";
import type { Disk } from "../host/disk.ts";
import type { EdgeCounters } from "../load/edge-counters.ts";
import type { LoadedModule } from "../load/module.ts";
import { sourceLines } from "./source-lines.ts";
import { sourcePath } from "./source-paths.ts";

/** A line at which an edge of the code begins. */
export interface LineCoverage {
  /** Its number, from 1 on. */
  readonly line: number;
  /** How often it was passed, up to 255. */
  readonly count: number;
}

/** What of a source file ran: the lines at which edges of its code begin. Between them, nothing decides. */
export interface FileCoverage {
  /** The file's path, from the current folder, or from the root, whichever is shorter. */
  readonly file: string;
  /** How often each line was passed, ascending by line: 0 for those that were not, 255 for that and more. */
  readonly lines: readonly LineCoverage[];
}

/** What of a program ran. */
export interface Coverage {
  /** Number of edges of the code that was compiled for it. */
  readonly edges: number;
  /** Number of those that were passed. */
  readonly passed: number;
  /** Files with code, by name. Without debug information, there are none. */
  readonly files: readonly FileCoverage[];
}

/** Reads what the modules' counters say, and finds the edges' lines. `tree`: the kernel's source that they were compiled against. */
export async function readCoverage(
  counters: ReadonlyMap<LoadedModule, EdgeCounters>,
  cache: CompileCache,
  tree: string | undefined,
  disk: Disk,
): Promise<Coverage> {
  let [edges, passed] = [0, 0];
  const files = new Map<string, Map<number, number>>();
  for (const [{ image, wasm }, { offsets, counts }] of counters) {
    const paths = new Map<string, string>();
    const code = { library: image.name === undefined, tree, disk };
    const places = await sourceLines(wasm.bytes, offsets, cache);
    offsets.forEach((offset, edge) => {
      edges++;
      if (counts[edge] > 0) passed++;
      const place = places.get(offset);
      if (!place) return;
      // The innermost function that was inlined there has the code.
      const { file: known, line } = place.inlined[0] ?? place;
      // What the compiler adds is on no line.
      if (line === 0) return;
      const file = paths.get(known) ?? sourcePath(known, code);
      paths.set(known, file);
      const lines = files.get(file) ?? new Map<number, number>();
      lines.set(line, Math.max(lines.get(line) ?? 0, counts[edge]));
      files.set(file, lines);
    });
  }
  const byName = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return { edges, passed, files: byName.map(([file, lines]) => ({ file, lines: ascending(lines) })) };
}

const ascending = (lines: ReadonlyMap<number, number>): FileCoverage["lines"] =>
  [...lines].sort(([a], [b]) => a - b).map(([line, count]) => ({ line, count }));
