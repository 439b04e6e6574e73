/**
 * Times the same C natively, under native ASan, under Valgrind, and on the machine without checks, with outlined and with inline ones;
 * and on arm64 without checks, in generic mode and with tags of software and of hardware.
 * Every program times its own work; runs alternate, so that a change of the machine's speed hits all alike. Prints medians and
 * ratios to native -O2. What is not installed is left out with a note.
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
const GUEST_WAYS = [
  ...["off", "outline", "inline"],
  ...["arm64-off", "arm64", "arm64-inline", "sw_tags", "sw_tags-inline", "hw_tags"],
];
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
  ...GUEST_WAYS.map((how) => [
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
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" },
  });
  const [, checksum, milliseconds] = /checksum (\w+) milliseconds ([\d.]+)/.exec(text);
  return { checksum, milliseconds: Number(milliseconds) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const mean = (numbers) => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".c"))
  .map((file) => file.slice(0, -2))
  .filter((name) => !values.only || name === values.only);
const medians = new Map();
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
  medians.set(name, Object.fromEntries(ways.map(([way]) => [way, median(times[way])])));
}
rmSync(work, { recursive: true, force: true });

const columns = ways.map(([way]) => way);
const row = (label, cells) => console.log(label.padEnd(12) + cells.map((cell) => cell.padStart(16)).join(""));
row("program", columns);
for (const [name, times] of medians) {
  row(
    name,
    columns.map(
      (way) => `${times[way].toFixed(1)} ms${times.native ? ` ${(times[way] / times.native).toFixed(2)}x` : ""}`,
    ),
  );
}
if (columns.includes("native")) {
  row(
    "geo. mean",
    columns.map((way) => `${mean([...medians.values()].map((times) => times[way] / times.native)).toFixed(2)}x`),
  );
}
for (const [way, rival] of Object.entries(RIVALS).filter((pair) => pair.every((way) => columns.includes(way)))) {
  const ratios = [...medians].map(([name, times]) => [name, times[way] / times[rival]]);
  const each = ratios.map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`).join(", ");
  console.log(`${way} to ${rival}: ${mean(ratios.map(([, ratio]) => ratio)).toFixed(2)}x (${each})`);
}
