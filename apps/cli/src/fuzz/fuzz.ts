import type { CorpusFolder } from "@kasan/fuzz";
import type { FuzzSession } from "@kasan/guest";
import type { FuzzFlags } from "../commands/fuzz.ts";
import type { Streams } from "../output.ts";
import { campaign } from "./campaign.ts";
import { type Checked, check } from "./checked.ts";
import { list } from "./list.ts";
import { merge } from "./merge.ts";
import { minimizeFile } from "./minimize.ts";
import { writeHarness } from "./new.ts";
import { replayInput } from "./replay.ts";
import { openSession } from "./session.ts";
import { sourceTargets } from "./source-targets.ts";
import { Teller } from "./teller.ts";

/**
 * Does what the flags of `kasan fuzz` ask for.
 *
 * @param replay - the command that runs the input of a file again
 * @returns the exit code
 */
export async function fuzz(
  files: readonly string[],
  flags: FuzzFlags,
  replay: (file: string) => string,
  streams: Streams,
): Promise<number> {
  const teller = new Teller(streams);
  try {
    if (flags.new !== undefined) return await writeHarness(flags.new, flags, teller);
    const targets = await sourceTargets(files);
    if (flags.list) return list(targets, flags.json ?? false, teller);
    const checked = await check(flags, teller);
    if (!(checked.replay || checked.minimize || checked.merge)) {
      return await campaign({ files, flags, checked, teller, streams, replay });
    }
    const session = await openSession(files, flags, {
      progress: (what) => teller.progress.show(what),
      tell: (text) => teller.err(text),
    });
    try {
      return act(session, flags, checked, teller);
    } finally {
      session.close();
    }
  } finally {
    teller.progress.clear();
  }
}

/** Does something with inputs that there are. */
function act(session: FuzzSession, flags: FuzzFlags, checked: Checked, teller: Teller): number {
  if (checked.replay) return replayInput(session, checked.replay, teller);
  if (checked.minimize) return minimizeFile(session, flags.minimize as string, checked.minimize, teller);
  return merge(session, checked.corpus as CorpusFolder, checked.inputs, checked.merge ?? [], teller);
}
