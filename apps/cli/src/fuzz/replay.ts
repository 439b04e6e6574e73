import { type FuzzSession, GuestError } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { describeFailure, failureOf, textOfLog } from "./failure.ts";
import type { Teller } from "./teller.ts";

/** Runs one input, and prints what it did. @throws GuestError `BAD_INPUT` if the target does not take it */
export function replayInput(session: FuzzSession, input: Uint8Array, teller: Teller): number {
  const { failure, refused } = session.run(input);
  if (refused !== undefined) throw new GuestError("BAD_INPUT", refused);
  teller.out(failure ? describeFailure(failure) : textOfLog(session.printed));
  teller.say(session.target, failure ? failureOf(failure).title : "the input does nothing wrong");
  return failure ? ExitCode.bugs : ExitCode.clean;
}
