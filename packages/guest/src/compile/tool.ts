import { concatBytes } from "@kasan/shadow";
import type { RunOptions, runLLVM } from "@yowasp/clang";
import { host } from "#host";
import type { Tree } from "./files.ts";

/**
 * How V8 runs tools, and its defaults. clang runs for a second or two and runs a small part of its code, most of it once: optimizing it
 * in the background (at V8's budget per function, which is counted down) takes longer than it saves, and so does validating all of it.
 */
const FOR_TOOLS = ["--wasm-tiering-budget=500000000", "--wasm-lazy-validation"];
const DEFAULTS = ["--wasm-tiering-budget=1800000", "--no-wasm-lazy-validation"];

/** LLVM's tools: what their package exports. */
export interface CompilerTools {
  /** Runs the tool that the first argument names. */
  readonly runLLVM: typeof runLLVM;
}

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
  const run = new Execution(command, files);
  try {
    // Loaded only when needed; cached modules do without it.
    const { runLLVM } = await host.compiler();
    return run.ended((await runLLVM([...command], files, run.options)) as Tree);
  } catch (error) {
    return run.failed(error as Error);
  }
}

/** As {@link execute}, for callers that cannot wait: with tools that are loaded. */
export function executeNow({ runLLVM }: CompilerTools, command: readonly string[], files: Tree): ToolRun {
  const run = new Execution(command, files);
  try {
    return run.ended(runLLVM([...command], files, { ...run.options, synchronously: true }) as Tree);
  } catch (error) {
    return run.failed(error as Error);
  }
}

/** One run of a tool, and what it writes. */
class Execution {
  private readonly output = collect();
  private readonly errors = collect();
  readonly options: RunOptions = {
    stdout: this.output.write,
    stderr: this.errors.write,
    fetchProgress: () => {},
    // Texts among the files are of no use: to find them, it looks at all of them.
    decodeASCII: false,
  };

  constructor(
    private readonly command: readonly string[],
    private readonly files: Tree,
  ) {}

  ended(left: Tree): ToolRun {
    const written = Object.fromEntries(Object.entries(left).filter(([name]) => !(name in this.files)));
    return { files: written, output: this.output.bytes(), errors: this.messages() };
  }

  failed(error: Error): ToolRun {
    const exited = error instanceof Error && error.constructor.name === "Exit";
    if (this.messages() === "" && !exited) return brokeDown(this.command, error);
    return { files: undefined, output: this.output.bytes(), errors: this.messages() };
  }

  private messages(): string {
    return new TextDecoder().decode(this.errors.bytes());
  }
}

/** A stream that keeps the bytes written to it. */
function collect(): { write: (bytes: Uint8Array | null) => void; bytes: () => Uint8Array } {
  const pieces: Uint8Array[] = [];
  return {
    write: (bytes) => {
      if (bytes) pieces.push(bytes.slice());
    },
    bytes: () => concatBytes(pieces),
  };
}
