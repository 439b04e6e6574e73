/** Runs one program on the machine: `node bench/guest.js FILE WAY`. Prints its checksum and milliseconds. */
import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { Cache, cacheFolder, PREBUILT_FOLDER, runProgram } from "@kasan/guest";

/** On which processor, in which mode, with which checks. Those of arm64 are for a comparison among themselves. */
const WAYS = {
  off: { mode: "off", instrument: "off" },
  outline: { mode: "generic", instrument: "outline" },
  inline: { mode: "generic", instrument: "inline" },
  "arm64-off": { arm64: true, mode: "off", instrument: "off" },
  arm64: { arm64: true, mode: "generic", instrument: "outline" },
  "arm64-inline": { arm64: true, mode: "generic", instrument: "inline" },
  sw_tags: { arm64: true, mode: "sw_tags", instrument: "outline" },
  "sw_tags-inline": { arm64: true, mode: "sw_tags", instrument: "inline" },
  hw_tags: { arm64: true, mode: "hw_tags", instrument: "outline" },
};

const [file, way] = process.argv.slice(2);
const { mode, instrument, ...processor } = WAYS[way];
const architecture = processor.arm64 ? arm64({ kasan: mode === "off" ? "none" : mode }) : x86_64({ levels: 4 });
let started = 0;
let checksum = "none";
const result = await runProgram({
  files: [file],
  machine: {
    architecture,
    memoryBytes: 64 * 2 ** 20,
    mode,
    seed: 0,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
  },
  compile: {
    instrument,
    ...(mode !== "off" && { mode }),
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
