import type { FuzzSession } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { describeFailure, failureOf } from "./failure.ts";
import type { Teller } from "./teller.ts";

/** Runs one input, and prints what it did. */
export function replayInput(session: FuzzSession, input: Uint8Array, teller: Teller): number {
  const { failure } = session.run(input);
  if (failure) teller.out(describeFailure(failure));
  teller.say(session.target, failure ? failureOf(failure).title : "the input does nothing wrong");
  return failure ? ExitCode.bugs : ExitCode.clean;
}
