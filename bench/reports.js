/**
 * Times the reading of logs: without reports, and dense with them, as the ratio to finding one word in the same bytes; and the
 * memory that a gigabyte through a pipe takes. The logs are made from reports of this repository.
 *
 *     node bench/reports.js [--runs N] [--pipe MEGABYTES]
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LogParser } from "@kasan/report";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "7" }, pipe: { type: "string", default: "1024" } },
});
const folder = join(import.meta.dirname, "../packages/report/testdata");
const reports = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
const stamped = (text, second) =>
  text.replace(/^(?=.)/gm, `[${String(second).padStart(5)}.${"123456"}][ T${1000 + (second % 7)}] `);
const quiet = Array.from({ length: 40_000 }, (_, i) =>
  stamped(`usb 1-${i % 9}: new high-speed USB device number ${i} using xhci_hcd\n`, i),
).join("");
const dense = Array.from({ length: 202 }, (_, i) => stamped(reports[i % reports.length], i)).join("");

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function read(bytes) {
  let found = 0;
  const parser = new LogParser((item) => {
    if (item.kind === "report") found++;
  });
  for (let at = 0; at < bytes.length; at += 65_536) parser.push(bytes.subarray(at, at + 65_536));
  parser.end();
  return found;
}

function time(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

for (const [name, text] of [
  ["no reports", quiet.repeat(8)],
  ["202 reports", dense],
]) {
  const bytes = Buffer.from(text);
  const [own, search] = [[], []];
  for (let i = 0; i < Number(values.runs); i++) {
    own.push(time(() => read(bytes)));
    search.push(
      time(
        () =>
          bytes
            .toString("latin1")
            .split("\n")
            .filter((line) => line.includes("KASAN")).length,
      ),
    );
  }
  const speed = bytes.length / 1e3 / median(own);
  console.log(
    `${name.padEnd(12)} ${(bytes.length / 1e6).toFixed(2)} MB, first ${own[0].toFixed(0)} ms, median ${median(own).toFixed(0)} ms,`,
    `${speed.toFixed(0)} MB/s, ${(median(own) / median(search)).toFixed(2)} times splitting into lines and searching`,
  );
}

// A pipe, as from dmesg: what the process took at most is asked of itself.
const script = `
  import { LogParser } from "@kasan/report";
  let reports = 0;
  const parser = new LogParser((item) => { if (item.kind === "report") reports++; });
  for await (const chunk of process.stdin) parser.push(chunk);
  parser.end();
  console.log(JSON.stringify({ reports, peak: process.resourceUsage().maxRSS / 1024 }));
`;
const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
  cwd: import.meta.dirname,
  stdio: ["pipe", "pipe", "inherit"],
});
let answer = "";
child.stdout.on("data", (text) => {
  answer += text;
});
const piece = Buffer.from(quiet + dense);
const start = performance.now();
let sent = 0;
for (; sent < Number(values.pipe) * 2 ** 20; sent += piece.length) {
  if (!child.stdin.write(piece)) await new Promise((resolve) => child.stdin.once("drain", resolve));
}
child.stdin.end();
await new Promise((resolve) => child.once("close", resolve));
const { reports: found, peak } = JSON.parse(answer);
const seconds = (performance.now() - start) / 1000;
console.log(
  `pipe         ${(sent / 1e6).toFixed(0)} MB with ${found} reports in ${seconds.toFixed(1)} s: ${(sent / 1e6 / seconds).toFixed(0)} MB/s, at most ${peak.toFixed(0)} MB of memory`,
);
