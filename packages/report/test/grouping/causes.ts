import type { KnownReport } from "./corpus.ts";

/** Two reports on which grouping and tracker disagree. */
type Pair = readonly [KnownReport, KnownReport];

/** A reason why a pair is hard: the first of a list that holds is the pair's. */
interface Cause {
  readonly name: string;
  readonly holds: (pair: Pair) => boolean;
}

const either = (test: (report: KnownReport) => boolean) => (pair: Pair) => pair.some(test);
const isSame = (part: (report: KnownReport) => string | undefined) => (pair: Pair) => part(pair[0]) === part(pair[1]);
const sameTitle = isSame(({ title }) => title);
const sameVersion = isSame(({ signature: { version } }) => version && `${version.major}.${version.minor}`);
const sameStack = isSame(({ signature }) => signature.access.slice(0, 4).join());
const sameObject = (pair: Pair) =>
  pair.every(({ signature }) => signature.allocated.length > 0) &&
  isSame(({ signature }) => signature.allocated.slice(0, 2).join())(pair);
const isCut = ({ report }: KnownReport) => report.corrupted || report.damage !== undefined;
const isBare = ({ signature }: KnownReport) => signature.access.length < 2;

/** Why reports of two bugs came into one group. */
export const MERGE_CAUSES: readonly Cause[] = [
  { name: "one of them has no stack, or one function of it", holds: either(isBare) },
  {
    name: "same title, same stack, same version: the tracker has two bugs for it",
    holds: (pair) => sameTitle(pair) && sameStack(pair) && sameVersion(pair),
  },
  {
    name: "same title and stack in another version, or an unknown one: the tracker closed one bug, and opened another",
    holds: (pair) => sameTitle(pair) && sameStack(pair),
  },
  { name: "same title by another way, in versions near each other", holds: sameTitle },
  { name: "other titles: each was put to a third report", holds: () => true },
];

/** Why reports of one bug came into two groups. */
export const SPLIT_CAUSES: readonly Cause[] = [
  { name: "one of them is cut or damaged", holds: either(isCut) },
  { name: "one of them has no stack, or one function of it", holds: either(isBare) },
  { name: "same title, but the stack or the object changed between versions", holds: sameTitle },
  { name: "another kind of crash in the same function", holds: isSame(({ report }) => report.frame) },
  { name: "another function uses the same object: another victim of the bug", holds: sameObject },
  { name: "another function, and no object in common: another symptom of the bug", holds: () => true },
];

/** How many pairs each cause has, in the order of the causes. */
export function countCauses(pairs: readonly Pair[], causes: readonly Cause[]): { name: string; count: number }[] {
  const first = pairs.map((pair) => causes.find(({ holds }) => holds(pair))!);
  return causes.map((cause) => ({ name: cause.name, count: first.filter((one) => one === cause).length }));
}

/** The pairs that are together and should not be, and those that should be and are not. */
export function confusions(groups: readonly (readonly KnownReport[])[]): { merged: Pair[]; split: Pair[] } {
  const placed = groups.flatMap((group, number) => group.map((report) => ({ report, number })));
  const [merged, split]: [Pair[], Pair[]] = [[], []];
  for (const [index, { report, number }] of placed.entries()) {
    for (const other of placed.slice(index + 1)) {
      const [together, one] = [number === other.number, report.bug === other.report.bug];
      if (together !== one) (together ? merged : split).push([report, other.report]);
    }
  }
  return { merged, split };
}
