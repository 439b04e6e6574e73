import { basename } from "node:path";
import { mergeInputs, minimizeFailure } from "@kasan/fuzz";
import { type CorpusFolder, inputName, type SavedInput } from "@kasan/fuzz/folder";
import type { FuzzSession } from "@kasan/guest";
import { ExitCode } from "../exit-codes.ts";
import { plural } from "../plural.ts";
import { describeFailure, type NamedFailure } from "./failure.ts";
import { bugText, type FindingsFolder } from "./findings.ts";
import { targetOf } from "./session.ts";
import type { Teller } from "./teller.ts";
import type { FoundBug } from "./worker-messages.ts";

/** What is merged, and where it goes. */
export interface MergeParts {
  readonly session: FuzzSession;
  readonly corpus: CorpusFolder;
  /** What the corpus has. */
  readonly own: readonly SavedInput[];
  /** What may be added to it. */
  readonly more: readonly SavedInput[];
  readonly findings: FindingsFolder;
  readonly teller: Teller;
  /** The command that runs an input of a file again. */
  readonly replay: (file: string) => string;
}

/**
 * Adds inputs to a corpus that reach something more, and drops those of it that others make needless. What is kept is written before
 * anything is removed: whenever it is ended, nothing is lost. Inputs that lead to bugs are findings, and their files stay.
 */
export function merge(parts: MergeParts): number {
  const { session, corpus, own, more, findings, teller } = parts;
  const all = [...own, ...more].map(({ bytes }) => bytes);
  const told = new Set(findings.keys);
  const bugs = new Map<string, FoundBug>();
  const failing = new Set<number>();
  const kept = mergeInputs(all, targetOf(session, told), (index, failure) => {
    failing.add(index);
    if (told.has(failure.key)) return;
    told.add(failure.key);
    const bug = bugOf(failure as NamedFailure, all[index], index + 1);
    findings.save(bug);
    bugs.set(bug.key, bug);
  });
  for (const bug of bugs.values()) tellSmallest(bug, parts);
  for (const index of kept) if (index >= own.length) corpus.save(all[index]);
  const names = new Set([...kept, ...failing].map((index) => inputName(all[index])));
  const needless = own.filter(({ bytes }) => !names.has(inputName(bytes)));
  const removable = needless.filter(isByHash);
  for (const { name } of removable) corpus.remove(name);
  const others = needless.length - removable.length;
  if (others > 0) {
    teller.say(session.target, `${plural(others, "file")} of ${corpus.path} left alone: not named by the SHA-1`);
  }
  if (failing.size > 0) teller.say(session.target, `${plural(failing.size, "input")} of ${all.length} with a bug`);
  teller.say(session.target, `${plural(kept.length, "input")} of ${all.length} kept`);
  return bugs.size > 0 ? ExitCode.bugs : ExitCode.clean;
}

/** Whether a file is named as the fuzzer names its own: all others are somebody's. */
const isByHash = ({ name, bytes }: SavedInput): boolean => basename(name) === inputName(bytes);

const bugOf = ({ key, kind, title, details }: NamedFailure, input: Uint8Array, execution: number): FoundBug => ({
  ...{ key, kind, title, input, execution },
  log: describeFailure(details),
});

/** Tells a bug, with an input that is as small as it gets. */
function tellSmallest(bug: FoundBug, { session, findings, teller, replay }: MergeParts): void {
  const target = targetOf(session, new Set(findings.keys.filter((key) => key !== bug.key)));
  const run = (bytes: Uint8Array) => target(session.encode(bytes)).failure;
  const { failure } = target(bug.input);
  let told = bug;
  if (failure?.key === bug.key) {
    const { input, failure: last } = minimizeFailure({ input: session.decode(bug.input), failure }, run);
    told = bugOf(last as NamedFailure, session.encode(input), bug.execution);
  }
  const files = findings.save(told);
  teller.out(bugText(told, files, replay(files.input)));
}
