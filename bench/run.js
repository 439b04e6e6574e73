/**
 * Times the same C natively, under native ASan, under Valgrind, and on the machine without checks, with outlined and with inline ones;
 * and on arm64 without checks, in generic mode and with tags of software and of hardware.
 * Every program times its own work; runs alternate, so that a change of the machine's speed hits all alike. Prints ratios to native
 * -O2 of the same round: their median, and their range. What is not installed is left out with a note.
 *
 * `--only fuzz` compares `kasan fuzz` with libFuzzer instead (fuzz.js).
 *
 *     npm run bench -- [--runs N] [--only PROGRAM] [--ways NAME,NAME]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { geometricMean, printTable, ratios } from "./table.js";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "5" }, only: { type: "string" }, ways: { type: "string" } },
});
const runs = Number(values.runs);
if (values.only === "fuzz") {
  const { benchFuzz } = await import("./fuzz.js");
  await benchFuzz(runs);
  process.exit();
}
/** Ways to run a program on the machine; see guest.js. */
const X86_WAYS = ["off", "outline", "inline"];
const ARM64_WAYS = ["arm64-off", "arm64", "arm64-inline", "sw_tags", "sw_tags-inline", "hw_tags"];
/** What tags are held against: the generic mode of the same processor, with checks made in the same way. */
const RIVALS = { sw_tags: "arm64", "sw_tags-inline": "arm64-inline", hw_tags: "arm64" };
const folder = join(import.meta.dirname, "programs");
const work = mkdtempSync(join(tmpdir(), "kasan-bench-"));
const has = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

const tools = { cc: has("cc"), valgrind: has("valgrind") };
if (!tools.cc) console.log("no cc: native, ASan and Valgrind are left out, and ratios with them");
if (!tools.valgrind) console.log("no valgrind: left out");

/** Ways to run a program: a name, and a function that prepares it and returns a command. */
const ways = [
  ...(tools.cc ? [["native", (name) => [build(name, "native", [])]]] : []),
  ...(tools.cc ? [["asan", (name) => [build(name, "asan", ["-fsanitize=address"])]]] : []),
  ...(tools.cc && tools.valgrind ? [["valgrind", (name) => ["valgrind", "-q", build(name, "native", [])]]] : []),
  ...[...X86_WAYS, ...ARM64_WAYS].map((how) => [
    how,
    (name) => [process.execPath, join(import.meta.dirname, "guest.js"), join(folder, `${name}.c`), how],
  ]),
].filter(([name]) => !values.ways || values.ways.split(",").includes(name));

function build(name, way, flags) {
  const output = join(work, `${name}-${way}`);
  execFileSync("cc", ["-O2", "-w", ...flags, join(folder, `${name}.c`), "-o", output]);
  return output;
}

function time([command, ...args]) {
  const text = execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" },
  });
  const [, checksum, milliseconds] = /checksum (\w+) milliseconds ([\d.]+)/.exec(text);
  return { checksum, milliseconds: Number(milliseconds) };
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".c"))
  .map((file) => file.slice(0, -2))
  .filter((name) => !values.only || name === values.only);
if (names.length === 0) throw new Error(`there is no program ${values.only}`);
/** Milliseconds of each run, by program and way. */
const measured = new Map();
for (const name of names) {
  const commands = ways.map(([way, prepare]) => [way, prepare(name)]);
  const times = Object.fromEntries(ways.map(([way]) => [way, []]));
  const checksums = new Set();
  for (let run = 0; run < runs; run++) {
    for (const [way, command] of commands) {
      const { checksum, milliseconds } = time(command);
      times[way].push(milliseconds);
      checksums.add(checksum);
    }
  }
  if (checksums.size !== 1) throw new Error(`${name}: the ways disagree on the result: ${[...checksums].join(", ")}`);
  measured.set(name, times);
}
rmSync(work, { recursive: true, force: true });

const made = new Set(ways.map(([way]) => way));
const against = (way, rival, title = way) => ({ title, unit: "x", of: (times) => ratios(times[way], times[rival]) });
const milliseconds = (way) => ({ title: way, unit: " ms", of: (times) => times[way] });
const timed = (way) => (made.has("native") ? against(way, "native") : milliseconds(way));

function print(title, columns) {
  if (columns.length === 0) return;
  const rows = [...measured].map(([name, times]) => [name, columns.map(({ of }) => of(times))]);
  const means = columns.map(({ unit }, i) => (unit === "x" ? geometricMean(rows.map(([, cells]) => cells[i])) : []));
  const isEmpty = means.every((cell) => cell.length === 0);
  printTable(title, columns, isEmpty ? rows : [...rows, ["geo. mean", means]]);
}

const first = made.has("native") ? [milliseconds("native")] : [];
const others = (names) => names.filter((way) => made.has(way)).map(timed);
print("x86-64", [...first, ...others(["asan", "valgrind", ...X86_WAYS])]);
print("arm64", others(ARM64_WAYS));
const rivals = Object.entries(RIVALS).filter((pair) => pair.every((way) => made.has(way)));
print(
  "tags",
  rivals.map(([way, rival]) => against(way, rival, `${way} to ${rival}`)),
);
console.log(`\nMedians of ${runs} ${runs === 1 ? "run" : "runs"} and, in parentheses, the least and the most.`);
console.log("?: not known, since the runs differ by more than the ratio differs from 1.");
