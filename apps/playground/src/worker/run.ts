import { type CompileCache, type PluginSource, type ProgramResult, runProgram } from "@kasan/guest";
import type { LogSink, Machine } from "@kasan/kernel";
import type { Program } from "../protocol.ts";
import type { Settings } from "../settings.ts";
import { programOptions } from "./program-options.ts";
import { Recorder } from "./recorder.ts";

/** What the page wants to know besides what came of a run. */
interface Listeners {
  readonly log?: LogSink;
  readonly diagnostics?: (text: string) => void;
  readonly progress?: (what: string) => void;
  /** How threads make the machine's functions again; without it there are none. */
  readonly plugins?: PluginSource;
}

/** A run that has ended. */
export interface EndedRun {
  readonly machine: Machine;
  /** The machine's buffer as it was at the first report, if there was one. */
  readonly atReport: Uint8Array | undefined;
  readonly recorder: Recorder;
  readonly result: ProgramResult;
}

/** Runs a program as the page does; the packs of examples are made with it. */
export async function runRecorded(
  { name, text }: Program,
  settings: Settings,
  cache: CompileCache,
  listeners: Listeners = {},
): Promise<EndedRun> {
  const recorder = new Recorder();
  const { machine: machineOptions, ...options } = programOptions(settings);
  let machine: Machine | undefined;
  let atReport: Uint8Array | undefined;
  const result = await runProgram({
    ...options,
    ...listeners,
    machine: { ...machineOptions, onMemory: recorder.sink },
    files: [name],
    sources: { [name]: text },
    cache,
    locateLog: settings.locate,
    onReport: (_, { memory }) => {
      atReport ??= new Uint8Array(memory.buffer).slice();
    },
    onEnd: (ended, locate) => {
      machine = ended;
      if (settings.locate) recorder.locate(name, locate);
    },
  });
  return { machine: machine!, atReport, recorder, result };
}
