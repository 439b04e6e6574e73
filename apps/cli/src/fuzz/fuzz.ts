import type { FuzzSession } from "@kasan/guest";
import type { FuzzFlags } from "../commands/fuzz.ts";
import type { Streams } from "../output.ts";
import { campaign } from "./campaign.ts";
import { type Checked, check } from "./checked.ts";
import { list } from "./list.ts";
import { merge } from "./merge.ts";
import { minimizeFile } from "./minimize.ts";
import { replay } from "./replay.ts";
import { openSession } from "./session.ts";
import { sourceTargets } from "./source-targets.ts";
import { Teller } from "./teller.ts";

/** Does what the flags of `kasan fuzz` ask for. @returns the exit code */
export async function fuzz(files: readonly string[], flags: FuzzFlags, streams: Streams): Promise<number> {
  const teller = new Teller(streams);
  try {
    const targets = await sourceTargets(files);
    if (flags.list) return list(targets, flags.json ?? false, teller);
    const checked = await check(flags, teller);
    const session = await openSession(files, flags, {
      progress: (what) => teller.progress.show(what),
      tell: (text) => teller.err(text),
    });
    try {
      return await act(session, flags, checked, teller, streams);
    } finally {
      session.close();
    }
  } finally {
    teller.progress.clear();
  }
}

async function act(
  session: FuzzSession,
  flags: FuzzFlags,
  checked: Checked,
  teller: Teller,
  streams: Streams,
): Promise<number> {
  if (checked.replay) return replay(session, checked.replay, teller);
  if (checked.minimize) return await minimizeFile(session, flags.minimize as string, checked.minimize, teller);
  if (checked.merge && checked.corpus) return merge(session, checked.corpus, checked.inputs, checked.merge, teller);
  return await campaign(session, flags, checked, teller, streams);
}
