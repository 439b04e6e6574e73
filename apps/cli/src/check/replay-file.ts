import { readFile } from "node:fs/promises";
import {
  ExploreError,
  Explorer,
  exploredScheme,
  makeScenario,
  type Replayed,
  readTrace,
  replay,
  type Trace,
} from "@kasan/explore";
import { fileReason } from "@kasan/shadow";
import type { Extensions } from "../plugins/extensions.ts";
import { CheckError } from "./error.ts";

/** Runs the interleaving again that a file holds. @throws {@link CheckError} if it holds none, or one that is not possible */
export async function replayFile(
  path: string,
  { schemes, properties, platforms }: Extensions,
): Promise<Replayed & { readonly trace: Trace }> {
  try {
    const trace = readTrace(await readFile(path, "utf8"), { schemes, properties, platforms });
    const scheme = exploredScheme(trace.scenario.scheme, schemes);
    return { trace, ...replay(new Explorer(makeScenario(trace.scenario, scheme, platforms)), trace, properties) };
  } catch (error) {
    if (error instanceof ExploreError && error.code !== "SCHEME") throw new CheckError(`${path}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CheckError(`${path}: cannot be read: ${fileReason(error)}`);
  }
}
