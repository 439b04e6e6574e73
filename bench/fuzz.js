/**
 * Fuzzes the same C with `@kasan/fuzz` on the machine, which is set back for each input, and natively under libFuzzer with ASan, which
 * sets nothing back. Prints executions per second of each, in turns, and their ratio; beside them, those of one input of 200 bytes again
 * and again. What is not installed is left out.
 *
 *     npm run bench -- --only fuzz [--runs N]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { x86_64 } from "@kasan/arch-x86";
import { Fuzzer } from "@kasan/fuzz";
import { Cache, cacheFolder, FuzzSession, PREBUILT_FOLDER } from "@kasan/guest";
import { bootParameters } from "@kasan/kernel";

/** Bytes of an input, and seconds of a measurement. */
const [BYTES, SECONDS] = [200, 3];
const TARGETS = ["empty", "attributes", "der"].map((name) => join(import.meta.dirname, "fuzz", `${name}.c`));
/** An input that begins with what the targets take. */
const INPUT = Uint8Array.from({ length: BYTES }, (_, i) => [0x08, 0x00, 0x03, 0x00, 1, 2, 3, 4][i % 8]);

/** @param {number} runs - measurements of each */
export async function benchFuzz(runs) {
  const work = mkdtempSync(join(tmpdir(), "kasan-bench-"));
  console.log(["target", "libFuzzer/s", "kasan/s", "ratio", "one input/s"].map((cell) => cell.padStart(12)).join(""));
  for (const target of TARGETS) {
    const native = buildNative(target, work);
    const session = await open(target);
    const rates = { native: [], own: [], same: [] };
    for (let run = 0; run < runs; run++) {
      if (native) rates.native.push(rateOfNative(native));
      rates.own.push(
        rateOf(new Fuzzer((input) => session.run(input), { seed: run + 1, maxLength: BYTES, inputs: [INPUT] })),
      );
      rates.same.push(rateOf({ step: () => session.run(INPUT) }));
    }
    session.close();
    const [libFuzzer, own, same] = [rates.native, rates.own, rates.same].map(median);
    const cells = [basename(target, ".c"), libFuzzer ?? "-", own, libFuzzer ? (own / libFuzzer).toFixed(2) : "-", same];
    console.log(cells.map((cell) => String(cell).padStart(12)).join(""));
  }
  rmSync(work, { recursive: true });
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Executions per second, once the code is compiled. */
function rateOf(fuzzer) {
  const until = (seconds) => {
    const start = performance.now();
    let steps = 0;
    for (; performance.now() - start < seconds * 1000; steps += 100) for (let i = 0; i < 100; i++) fuzzer.step();
    return (fuzzer.statistics?.executions ?? steps) / ((performance.now() - start) / 1000);
  };
  if (!fuzzer.statistics) {
    until(SECONDS / 3);
    return Math.round(until(SECONDS));
  }
  return Math.round(until(SECONDS));
}

const open = (file) =>
  FuzzSession.open({
    files: [file],
    machine: {
      architecture: x86_64({ levels: 4 }),
      memoryBytes: 16 * 2 ** 20,
      mode: "generic",
      boot: bootParameters([], "generic"),
      seed: 1,
      multiShot: true,
      panicOnWarn: false,
      version: "6.12.0",
    },
    compile: {
      instrument: "outline",
      shadowOffset: x86_64({ levels: 4 }).layout.shadowOffset,
      optimize: "2",
      useAfterScope: true,
      defines: [],
      includes: [],
    },
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
    jobs: 1,
    inputTimeout: 5,
  });

/** The first clang that has libFuzzer. @returns the program; undefined if there is none */
function buildNative(target, work) {
  const output = join(work, basename(target, ".c"));
  for (const clang of ["clang", "clang-20", "clang-19", "clang-18"]) {
    const flags = ["-O2", "-w", "-fsanitize=fuzzer,address", target, "-o", output];
    if (spawnSync(clang, flags, { stdio: "ignore" }).status === 0) return output;
  }
  console.log("no clang with libFuzzer (libclang-rt-dev): it is left out");
  return undefined;
}

function rateOfNative(program) {
  const corpus = `${program}-corpus`;
  rmSync(corpus, { recursive: true, force: true });
  mkdirSync(corpus);
  writeFileSync(join(corpus, "input"), INPUT);
  const limits = [
    `-max_total_time=${SECONDS}`,
    `-max_len=${BYTES}`,
    "-len_control=0",
    "-print_final_stats=1",
    "-seed=1",
  ];
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
  const start = performance.now();
  const { stderr } = spawnSync(program, [...limits, corpus], { encoding: "utf8", env });
  const executions = Number(/number_of_executed_units:\s+(\d+)/.exec(stderr)?.[1]);
  return Math.round(executions / ((performance.now() - start) / 1000));
}
