/**
 * Checks how the files of packages import each other, types included: that there is no cycle among files, and, where a package says
 * which of its folders lie above which, that imports go down. Prints what does not hold, and fails.
 *
 *     node scripts/check-layers.js
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..", "packages");

/** Folders of a package's sources, lowest first: a file imports from its own folder and from lower ones. */
const LAYERS = {
  kernel: ["smp", "mm", "log", "kasan", "sched", "api", "boot", "plan"],
};

const importsOf = (file) =>
  [...readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)";/gms)].map(([, path]) =>
    join(dirname(file), path),
  );

/** A package's files, tests left out, each with those that it imports. */
function graphOf(folder) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(folder, name));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

/** Cycles: files, each of which imports the next, and the last the first (Tarjan's strongly connected components). */
function cyclesOf(graph) {
  const found = [];
  const stack = [];
  const seen = new Map();
  const visit = (file) => {
    const state = { index: seen.size, low: seen.size, open: true };
    seen.set(file, state);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      const other = seen.get(next) ?? visit(next);
      if (other.open) state.low = Math.min(state.low, other.low);
    }
    if (state.low !== state.index) return state;
    const cycle = stack.splice(stack.indexOf(file));
    for (const member of cycle) seen.get(member).open = false;
    if (cycle.length > 1) found.push(cycle);
    return state;
  };
  for (const file of graph.keys()) if (!seen.has(file)) visit(file);
  return found;
}

/** Imports of a package that go up. */
function upwardOf(graph, folder, layers) {
  const layerOf = (file) => layers.indexOf(relative(folder, file).split("/")[0]);
  return [...graph].flatMap(([file, imports]) =>
    imports
      .filter((other) => layerOf(other) > layerOf(file) && layerOf(file) >= 0)
      .map((other) => `${relative(ROOT, file)} imports ${relative(ROOT, other)}, which lies above it`),
  );
}

/** Packages with cycles of types that nobody has undone yet. */
const WITH_CYCLES = ["explore", "guest", "mmu", "platform", "report"];

const problems = readdirSync(ROOT).flatMap((name) => {
  const folder = join(ROOT, name, "src");
  const graph = graphOf(folder);
  const cycles = WITH_CYCLES.includes(name) ? [] : cyclesOf(graph);
  const told = cycles.map((cycle) => `a cycle: ${cycle.map((file) => relative(ROOT, file)).join(", ")}`);
  return [...told, ...upwardOf(graph, folder, LAYERS[name] ?? [])];
});
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
