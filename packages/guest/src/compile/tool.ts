import { setFlagsFromString } from "node:v8";
import type { Tree } from "./files.ts";

/** V8's default budget per function, which it counts down before it optimizes the function. */
const DEFAULT_TIERING_BUDGET = 1_800_000;
/** clang runs for a second or two and runs much of its code once: optimizing it in the background takes longer than it saves. */
const TOOL_TIERING_BUDGET = 500_000_000;

/** What a tool left. */
export interface ToolRun {
  /** The files that it wrote to the root of the tree; undefined if it failed. */
  readonly files: Tree | undefined;
  /** What it wrote to standard output. */
  readonly output: Uint8Array;
  /** Its messages. */
  readonly errors: string;
}

/** Runs of tools that have the budget of tools: it is set for all threads. */
let users = 0;

/** Sets V8's budget for tools. @returns what sets it back, once nobody else needs it */
export function forTools(): () => void {
  if (users++ === 0) setFlagsFromString(`--wasm-tiering-budget=${TOOL_TIERING_BUDGET}`);
  return () => {
    if (--users === 0) setFlagsFromString(`--wasm-tiering-budget=${DEFAULT_TIERING_BUDGET}`);
  };
}

/** Runs one of LLVM's tools in this thread. */
export async function runTool(command: readonly string[], files: Tree): Promise<ToolRun> {
  const done = forTools();
  try {
    return await execute(command, files);
  } finally {
    done();
  }
}

/** What a tool leaves that could not run to its end. */
export const brokeDown = (command: readonly string[], error: Error): ToolRun => ({
  files: undefined,
  output: new Uint8Array(),
  errors: `${command[0]} broke down: ${error.message}\n`,
});

/** Runs a tool in this thread, with the budget that is set. */
export async function execute(command: readonly string[], files: Tree): Promise<ToolRun> {
  const output = collect();
  const errors = collect();
  // Texts among the files are of no use: to find them, it looks at all of them.
  const options = { stdout: output.write, stderr: errors.write, fetchProgress: () => {}, decodeASCII: false };
  const messages = () => new TextDecoder().decode(errors.bytes());
  // Loaded only when needed; cached modules do without it.
  const { runLLVM } = await import("@yowasp/clang");
  try {
    const result = (await runLLVM([...command], files, options)) as Tree;
    const written = Object.fromEntries(Object.entries(result).filter(([name]) => !(name in files)));
    return { files: written, output: output.bytes(), errors: messages() };
  } catch (error) {
    if (messages() === "" && !(error instanceof Error && error.constructor.name === "Exit")) {
      return brokeDown(command, error as Error);
    }
    return { files: undefined, output: output.bytes(), errors: messages() };
  }
}

/** A stream that keeps the bytes written to it. */
function collect(): { write: (bytes: Uint8Array | null) => void; bytes: () => Uint8Array } {
  const pieces: Uint8Array[] = [];
  return {
    write: (bytes) => {
      if (bytes) pieces.push(bytes.slice());
    },
    bytes: () => Buffer.concat(pieces),
  };
}
