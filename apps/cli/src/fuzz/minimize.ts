import { basename, dirname } from "node:path";
import { minimizeFailure } from "@kasan/fuzz";
import { CorpusFolder } from "@kasan/fuzz/folder";
import { type FuzzSession, GuestError } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { targetOf } from "./session.ts";
import type { Teller } from "./teller.ts";

/** Milliseconds between two times that what there is so far is written. */
const SAVE_EVERY = 300;

/** Makes the input of a file smaller that leads to a bug. The file always has an input that does, also if this is ended in the middle. */
export function minimizeFile(session: FuzzSession, path: string, input: Uint8Array, teller: Teller): number {
  const { refused } = session.run(input);
  if (refused !== undefined) throw new GuestError("BAD_INPUT", refused);
  const target = targetOf(session);
  const { failure } = target(input);
  if (!failure) {
    teller.say(session.target, "the input does nothing wrong");
    return ExitCode.clean;
  }
  const folder = CorpusFolder.existing(dirname(path));
  const save = (bytes: Uint8Array) => void folder.save(session.encode(bytes), basename(path));
  let saved = performance.now();
  const run = (candidate: Uint8Array) => target(session.encode(candidate)).failure;
  const { input: smallest } = minimizeFailure({ input: session.decode(input), failure }, run, ({ input: smaller }) => {
    if (performance.now() - saved < SAVE_EVERY) return;
    save(smaller);
    saved = performance.now();
  });
  save(smallest);
  teller.say(session.target, `${failure.title}: ${input.length} bytes before, ${session.encode(smallest).length} now`);
  return ExitCode.bugs;
}
