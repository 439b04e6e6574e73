/**
 * Times the reading of logs: without reports, and dense with them, as the ratio to finding one word in the same bytes; and the
 * memory that a gigabyte through a pipe takes; and what `kasan explain` takes in each format. The logs are made from reports of this repository.
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

/** Tells at its end what a process took. */
const AT_EXIT = `process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS / 1024 }));
});`;
const READER = `
  import { LogParser } from "@kasan/report";
  const parser = new LogParser(() => {});
  for await (const chunk of process.stdin) parser.push(chunk);
  parser.end();
`;
const KASAN = join(import.meta.dirname, "../apps/cli/bin/kasan.js");

/** Sends `megabytes` of logs through a process's standard input. Answers what it took, in seconds and megabytes, and how much was sent. */
async function pipe(args, pieces, megabytes) {
  const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(AT_EXIT)}`, ...args], {
    cwd: import.meta.dirname,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let answer = "";
  child.stderr.on("data", (text) => {
    answer += text;
  });
  let sent = 0;
  for (let i = 0; sent < megabytes * 2 ** 20; i++) {
    const piece = pieces[i % pieces.length];
    sent += piece.length;
    if (!child.stdin.write(piece)) await new Promise((resolve) => child.stdin.once("drain", resolve));
  }
  child.stdin.end();
  await new Promise((resolve) => child.once("close", resolve));
  return { sent: sent / 1e6, ...JSON.parse(answer) };
}

const megabytes = Number(values.pipe);
const shown = ({ sent, cpu, peak }) =>
  `${sent.toFixed(0)} MB, ${(sent / cpu).toFixed(1)} MB/s of CPU, at most ${peak.toFixed(0)} MB of memory`;
console.log(
  `pipe, mixed  ${shown(await pipe(["--input-type=module", "-e", READER], [Buffer.from(quiet + dense)], megabytes))}`,
);
// Each format against reading alone, of reports back to back.
const densePieces = [Buffer.from(dense)];
const alone = await pipe(["--input-type=module", "-e", READER], densePieces, megabytes / 16);
console.log(`pipe, dense  ${shown(alone)}`);
for (const format of ["text", "json", "sarif", "html", "markdown"]) {
  const took = await pipe([KASAN, "explain", "--format", format], densePieces, megabytes / 16);
  const ratio = took.cpu / took.sent / (alone.cpu / alone.sent);
  console.log(`${format.padEnd(12)} ${shown(took)}, ${ratio.toFixed(2)} times reading alone`);
}
