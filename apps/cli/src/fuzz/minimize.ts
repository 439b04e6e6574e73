import { minimize } from "@kasan/fuzz";
import type { FuzzSession } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { writeWhole } from "../output.ts";
import { targetOf } from "./session.ts";
import type { Teller } from "./teller.ts";

/** Makes the input of a file smaller that leads to a bug. */
export async function minimizeFile(
  session: FuzzSession,
  path: string,
  input: Uint8Array,
  teller: Teller,
): Promise<number> {
  const target = targetOf(session);
  const { failure } = target(input);
  if (!failure) {
    teller.say(session.target, "the input does nothing wrong");
    return ExitCode.clean;
  }
  const smallest = minimize(input, (candidate) => target(candidate).failure?.key === failure.key);
  await writeWhole(path, smallest);
  teller.say(session.target, `${failure.title}: ${input.length} bytes before, ${smallest.length} now`);
  return ExitCode.bugs;
}
