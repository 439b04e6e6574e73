import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { CorpusFolder, type Finding, type FuzzEvent, Fuzzer, inputName } from "@kasan/fuzz";
import type { FuzzFailure, FuzzSession } from "@kasan/guest";
import type { FuzzFlags } from "../commands/fuzz.ts";
import { writeCoverage } from "../commands/run.ts";
import { ExitCode } from "../exit-codes.ts";
import type { Streams } from "../output.ts";
import { plural } from "../plural.ts";
import type { Checked } from "./checked.ts";
import { describeFailure } from "./failure.ts";
import { targetOf } from "./session.ts";
import { status } from "./status.ts";
import type { Teller } from "./teller.ts";

/** Milliseconds between two looks at the clock and at Ctrl-C. */
const SLICE = 100;

/** Fuzzes until a limit or Ctrl-C. */
export async function campaign(
  session: FuzzSession,
  flags: FuzzFlags,
  { corpus, inputs, dictionary }: Checked,
  teller: Teller,
  streams: Streams,
): Promise<number> {
  const { seed, maxLen: maxLength, runs, time, findings } = flags;
  const started = performance.now();
  const fuzzer = new Fuzzer(targetOf(session), {
    seed,
    maxLength,
    inputs: inputs.map(({ bytes }) => bytes),
    dictionary,
    valueProfile: flags.valueProfile ?? false,
    onEvent: (event) => note(event, corpus, findings, teller),
  });
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const over = () =>
    stopped ||
    (time !== undefined && performance.now() - started > 1000 * time) ||
    (runs !== undefined && fuzzer.statistics.executions >= runs);
  while (!over()) {
    const end = performance.now() + SLICE;
    fuzzer.run({ ...(runs !== undefined && { executions: runs }), until: () => performance.now() > end });
    teller.progress.show(status(fuzzer.statistics, performance.now() - started));
    await setImmediate();
  }
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  const { coverage, coverageHtml } = flags;
  if (coverage !== undefined || coverageHtml !== undefined) {
    teller.progress.clear();
    await writeCoverage(await session.coverage(fuzzer.inputs), session.target, flags, streams);
  }
  teller.say(session.target, status(fuzzer.statistics, performance.now() - started));
  return fuzzer.findings.length > 0 ? ExitCode.bugs : ExitCode.clean;
}

/** Keeps what is found as soon as it is: nothing is lost if the process is killed. */
function note(event: FuzzEvent, corpus: CorpusFolder | undefined, findings: string, teller: Teller): void {
  if (event.kind === "finding") return;
  if (event.kind === "minimized") keep(event.finding, findings, teller);
  if (event.kind === "new" || event.kind === "shorter") {
    corpus?.save(event.input);
    if (event.kind === "shorter") corpus?.remove(inputName(event.instead));
  }
}

function keep({ title, input, details }: Finding, findings: string, teller: Teller): void {
  const folder = CorpusFolder.open(findings);
  const name = inputName(input);
  const path = folder.save(input, `${name}.bin`);
  folder.save(new TextEncoder().encode(describeFailure(details as FuzzFailure)), `${name}.txt`);
  teller.out(`${title}\n  ${plural(input.length, "byte")}: ${path}\n  log: ${join(folder.path, `${name}.txt`)}\n`);
}
