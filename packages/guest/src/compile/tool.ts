import { host } from "#host";
import { concat } from "../bytes.ts";
import type { Tree } from "./files.ts";

/**
 * How V8 runs tools, and its defaults. clang runs for a second or two and runs a small part of its code, most of it once: optimizing it
 * in the background (at V8's budget per function, which is counted down) takes longer than it saves, and so does validating all of it.
 */
const FOR_TOOLS = ["--wasm-tiering-budget=500000000", "--wasm-lazy-validation"];
const DEFAULTS = ["--wasm-tiering-budget=1800000", "--no-wasm-lazy-validation"];

/** What a tool left. */
export interface ToolRun {
  /** The files that it wrote to the root of the tree; undefined if it failed. */
  readonly files: Tree | undefined;
  /** What it wrote to standard output. */
  readonly output: Uint8Array;
  /** Its messages. */
  readonly errors: string;
}

/** What needs V8's settings for tools now. They are those of all threads. */
let users = 0;

/** Sets V8 for tools. @returns what sets it back, once nothing else needs it */
export function forTools(): () => void {
  if (users++ === 0) host.setEngineFlags(FOR_TOOLS);
  return () => {
    if (--users === 0) host.setEngineFlags(DEFAULTS);
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

/** Runs a tool in this thread, with the settings that there are. */
export async function execute(command: readonly string[], files: Tree): Promise<ToolRun> {
  const output = collect();
  const errors = collect();
  // Texts among the files are of no use: to find them, it looks at all of them.
  const options = { stdout: output.write, stderr: errors.write, fetchProgress: () => {}, decodeASCII: false };
  const messages = () => new TextDecoder().decode(errors.bytes());
  try {
    // Loaded only when needed; cached modules do without it.
    const { runLLVM } = await import("@yowasp/clang");
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
    bytes: () => concat(pieces),
  };
}
