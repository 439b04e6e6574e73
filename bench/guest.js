/** Runs one program on the machine: `node bench/guest.js FILE off|outline|inline`. Prints its checksum and milliseconds. */
import { x86_64 } from "@kasan/arch-x86";
import { Cache, cacheFolder, PREBUILT_FOLDER, runProgram } from "@kasan/guest";

const [file, instrument] = process.argv.slice(2);
const architecture = x86_64({ levels: 4 });
let started = 0;
let checksum = "none";
const result = await runProgram({
  files: [file],
  machine: {
    architecture,
    memoryBytes: 64 * 2 ** 20,
    mode: instrument === "off" ? "off" : "generic",
    seed: 0,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
  },
  compile: {
    instrument,
    shadowOffset: architecture.layout.shadowOffset,
    optimize: "2",
    useAfterScope: true,
    defines: [],
    includes: [],
  },
  run: { parameters: [], timeout: 120 },
  cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
  log: ({ text }) => {
    checksum = /checksum (\w+)/.exec(text)?.[1] ?? checksum;
  },
  progress: (what) => {
    if (what === "running") started = performance.now();
  },
});
if (result.reports.length > 0 || result.stopped)
  throw new Error(`${file}: ${result.reports.length} reports, ${result.stopped}`);
console.log(`checksum ${checksum} milliseconds ${(performance.now() - started).toFixed(3)}`);
