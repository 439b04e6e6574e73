/**
 * Compiles the part of the kernel that is in C, for the most common configurations, so that users' first runs need not. Each host
 * processor compiles one at a time.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { architectures } from "@kasan/architectures";
import { Cache, compile, libraryOptions, librarySources, PREBUILT_FOLDER } from "../dist/index.js";

/** The compile options of an architecture's default configuration. */
function optionsOf(name, mode, instrument) {
  const { layout, source } = architectures.create(name, {}, mode);
  return { ...(mode !== "off" && { mode }), instrument, shadowOffset: layout.shadowOffset, source };
}

/** Every mode of every architecture; for the first architecture also inline checks and no checks. */
const [first] = architectures.names;
const WANTED = [
  optionsOf(first, "generic", "inline"),
  optionsOf(first, "off", "off"),
  ...architectures.all.flatMap(({ name, modes }) => modes.map((mode) => optionsOf(name, mode, "outline"))),
];

/** Compiles one configuration in this thread and returns the diagnostics. */
async function prebuild(wanted) {
  const { diagnostics } = await compile(await librarySources(), libraryOptions(wanted), new Cache(PREBUILT_FOLDER));
  return diagnostics;
}

/** Runs a thread that compiles the remaining configurations one after the other. */
function runThread(left) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    const next = () => {
      const wanted = left.shift();
      if (wanted) worker.postMessage(wanted);
      else worker.terminate().then(resolve, reject);
    };
    worker.on("message", ({ diagnostics, error }) => {
      process.stderr.write(diagnostics ?? error);
      if (error === undefined) next();
      else process.exit(1);
    });
    worker.on("error", reject);
    next();
  });
}

if (isMainThread) {
  const left = [...WANTED];
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), left.length) }, () => runThread(left)));
} else {
  parentPort.on("message", (wanted) => {
    prebuild(wanted).then(
      (diagnostics) => parentPort.postMessage({ diagnostics }),
      (error) => parentPort.postMessage({ error: error.details ?? error.stack }),
    );
  });
}
