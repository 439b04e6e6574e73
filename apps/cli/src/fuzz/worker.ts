import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { type FuzzEvent, Fuzzer } from "@kasan/fuzz";
import type { FuzzSession } from "@kasan/guest";
import { KasanError } from "@kasan/shadow";
import { describeFailure, type FuzzFinding, failureOf } from "./failure.ts";
import { openSession, targetOf } from "./session.ts";
import type { FoundBug, FromWorker, ToWorker, WorkerTask } from "./worker-messages.ts";

/** Milliseconds between two looks at what the other workers found. */
const SLICE = 100;
/** Odd, and without a pattern: seeds of workers that are far apart. */
const GOLDEN = 0x9e3779b9;

// Fuzzes in a session of its own, and tells the main thread what it finds as soon as it does.
const port = parentPort!;
const say = (message: FromWorker) => port.postMessage(message);

async function fuzz({ files, flags, number, executions, control, inputs, ...given }: WorkerTask): Promise<void> {
  const words = new Int32Array(control);
  const session = await openSession(files, flags, {
    progress: (text) => say({ kind: "progress", text }),
    tell: (text) => say({ kind: "diagnostics", text }),
  });
  let edges = 0;
  const told = new Set(given.known);
  const target = targetOf(session, told);
  // The fuzzer has the bytes that inputs are made of; files and other workers have the inputs.
  const fuzzer = new Fuzzer(
    (bytes) => {
      const execution = target(session.encode(bytes));
      edges = execution.counters.length;
      return execution;
    },
    {
      ...given,
      inputs: inputs.flatMap((input) => decoded(session, input) ?? []),
      seed: flags.seed ^ Math.imul(number, GOLDEN),
      maxLength: flags.maxLen,
      valueProfile: flags.valueProfile ?? false,
      onEvent: (event) => {
        if (event.kind === "minimized") told.add(event.finding.key);
        say(messageOf(event, edges, session));
      },
    },
  );
  port.on("message", (message: ToWorker) => {
    if ("known" in message) {
      fuzzer.know(message.known);
      told.add(message.known);
    } else fuzzer.add(session.decode(message.input));
  });
  say({ kind: "ready", target: session.target });
  const limit = executions === undefined ? {} : { executions };
  const over = () => Atomics.load(words, 0) !== 0;
  while (!over() && fuzzer.statistics.executions < (executions ?? Number.POSITIVE_INFINITY)) {
    const end = performance.now() + SLICE;
    fuzzer.run({ ...limit, until: () => performance.now() > end || over() });
    await setImmediate();
  }
  const left = number === 0 ? session.tearDown() : undefined;
  if (left) say({ kind: "teardown", title: failureOf(left).title, log: describeFailure(left) });
  say({ kind: "end" });
  session.close();
  port.close();
}

/** The bytes that an input is made of; undefined if the target does not take it. */
function decoded(session: FuzzSession, input: Uint8Array): Uint8Array | undefined {
  return session.run(input).refused === undefined ? session.decode(input) : undefined;
}

function messageOf(event: FuzzEvent, edges: number, session: FuzzSession): FromWorker {
  const encoded = (bytes: Uint8Array) => session.encode(bytes);
  if (event.kind === "new") return { kind: "new", input: encoded(event.input), first: event.first, edges };
  if (event.kind === "shorter") {
    return { kind: "shorter", input: encoded(event.input), instead: encoded(event.instead) };
  }
  const finding = event.finding as FuzzFinding;
  return { kind: event.kind, bug: bugOf({ ...finding, input: encoded(finding.input) }) };
}

const bugOf = ({ key, title, input, execution, kind, details }: FuzzFinding): FoundBug => ({
  ...{ key, title, input, execution, kind },
  log: describeFailure(details),
});

try {
  await fuzz(workerData as WorkerTask);
} catch (error) {
  const { message, stack } = error as Error;
  const code = error instanceof KasanError ? error.code : undefined;
  const details = "details" in (error as object) ? String((error as { details: unknown }).details) : "";
  say({ kind: "error", error: { message, code, details, stack } });
  port.close();
}
