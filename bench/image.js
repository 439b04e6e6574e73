/**
 * Times the listing of page tables in memory images, each run in a process of its own: from opening to the last line, the walk alone,
 * and a million translations; beside them the time to read the file from start to end, which a tool that loads it would take.
 * Compressed images are decompressed first.
 *
 *     node bench/image.js IMAGE... [--runs N]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "5" } },
  allowPositionals: true,
});
const script = `
  import { closeSync, openSync, readSync } from "node:fs";
  import { formatOf, listImage, openImage, spellLine } from "@kasan/image";
  const path = process.argv[1];
  const times = {};
  let start = performance.now();
  const stop = (name) => { times[name] = performance.now() - start; start = performance.now(); };
  const image = await openImage(path);
  stop("open");
  const format = formatOf(image);
  let lines = 0;
  for (const line of listImage(image)) if (spellLine(format, line)) lines++;
  stop("walk");
  const { pageOffset } = image.architecture.layout;
  let sum = 0;
  for (let i = 0; i < 1_000_000; i++) sum += image.translate(pageOffset + BigInt((i * 4099) % 2 ** 27));
  stop("million translations");
  const fd = openSync(path, "r");
  const bytes = new Uint8Array(2 ** 20);
  while (readSync(fd, bytes) > 0);
  closeSync(fd);
  stop("read the file");
  console.log(JSON.stringify({ lines, times, peak: process.resourceUsage().maxRSS / 1024 }));
`;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const folder = mkdtempSync(join(tmpdir(), "kasan-bench-"));
for (const given of positionals) {
  const path = given.endsWith(".zst") ? join(folder, basename(given, ".zst")) : given;
  if (path !== given) execFileSync("zstd", ["-dqf", given, "-o", path]);
  const runs = Array.from({ length: Number(values.runs) }, () =>
    JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", script, path], {
        cwd: import.meta.dirname,
        encoding: "utf8",
      }),
    ),
  );
  const time = (name) => median(runs.map(({ times }) => times[name]));
  const names = Object.keys(runs[0].times).map((name) => `${name} ${time(name).toFixed(0)} ms`);
  const peak = Math.max(...runs.map(({ peak }) => peak)).toFixed(0);
  const ratio = ((time("open") + time("walk")) / time("read the file")).toFixed(2);
  console.log(`${given}: ${runs[0].lines} lines; ${names.join(", ")}; at most ${peak} MB of memory`);
  console.log(`  open to last line: ${(time("open") + time("walk")).toFixed(0)} ms, ${ratio} times reading the file`);
}
rmSync(folder, { recursive: true });
