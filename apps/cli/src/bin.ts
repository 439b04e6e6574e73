import { ExitCode } from "./exit-codes.ts";
import { main } from "./index.ts";

/** What a shell says of a program that SIGPIPE ended. */
const NOBODY_READS = 141;

/** Whether the output could not be written. */
let hasFailed = false;

// Whoever reads the output may have seen enough: `kasan explain log | head`.
process.stdout.on("error", async (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(NOBODY_READS);
  // More writes may fail until the words for the first are there.
  if (hasFailed) return;
  hasFailed = true;
  const { fileReason } = await import("@kasan/shadow");
  process.stderr.write(`kasan: the output cannot be written: ${fileReason(error)}\n`, () =>
    process.exit(ExitCode.usage),
  );
});
// There is no place left to say why.
process.stderr.on("error", ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === "EPIPE" ? NOBODY_READS : ExitCode.usage);
});

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  drained: async () => {
    // An error ends the process, see above.
    if (process.stdout.writableNeedDrain) await new Promise((resolve) => process.stdout.once("drain", resolve));
  },
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  outIsTerminal: process.stdout.isTTY === true,
});
