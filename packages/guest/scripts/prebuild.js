/**
 * Compiles the part of the kernel that is in C, for what users ask for most, so that their first run need not. Each processor of the host
 * compiles one at a time.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { Cache, compile, libraryOptions, librarySources, PREBUILT_FOLDER } from "../dist/index.js";

/** CONFIG_KASAN_SHADOW_OFFSET (arch/x86/Kconfig; arch/arm64/Kconfig, 48-bit addresses). */
const X86 = 0xdffffc0000000000n;
const ARM64 = 0xdfff800000000000n;
const ARM64_TAGS = 0xefff800000000000n;

const WANTED = [
  { mode: "generic", instrument: "outline", shadowOffset: X86 },
  { mode: "generic", instrument: "inline", shadowOffset: X86 },
  { mode: "generic", instrument: "outline", shadowOffset: ARM64 },
  { mode: "sw_tags", instrument: "outline", shadowOffset: ARM64_TAGS },
  { mode: "hw_tags", instrument: "outline", shadowOffset: ARM64_TAGS },
  { instrument: "off", shadowOffset: X86 },
];

/** Compiles one in this thread; its diagnostics. */
async function prebuild(wanted) {
  const { diagnostics } = await compile(await librarySources(), libraryOptions(wanted), new Cache(PREBUILT_FOLDER));
  return diagnostics;
}

/** Has a thread of its own compile what is left, one after the other. */
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
