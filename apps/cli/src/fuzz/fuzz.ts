import type { CorpusFolder } from "@kasan/fuzz/folder";
import type { FuzzFlags } from "../commands/fuzz.ts";
import type { Streams } from "../output.ts";
import { campaign } from "./campaign.ts";
import { check } from "./checked.ts";
import { FindingsFolder } from "./findings.ts";
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
    if (flags.list) return await list(targets, flags, streams);
    const checked = await check(flags, teller);
    if (!(checked.replay || checked.minimize || checked.merge)) {
      return await campaign({ files, flags, checked, teller, streams, replay });
    }
    const bugs = checked.merge && FindingsFolder.open(flags.findings);
    const session = await openSession(files, flags, {
      progress: (what) => teller.progress.show(what),
      tell: (text) => teller.err(text),
    });
    try {
      if (checked.replay) return replayInput(session, checked.replay, teller);
      if (checked.minimize) return minimizeFile(session, flags.minimize as string, checked.minimize, teller);
      const [corpus, more] = [checked.corpus as CorpusFolder, checked.merge ?? []];
      const findings = bugs as FindingsFolder;
      return merge({ session, corpus, own: checked.inputs, more, findings, teller, replay });
    } finally {
      session.close();
    }
  } finally {
    teller.progress.clear();
  }
}
