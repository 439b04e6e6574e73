import type { Failure, Finding } from "@kasan/fuzz";
import type { FuzzFailure } from "@kasan/guest";
import { formatLogLine } from "@kasan/kernel";
import { explainText, fingerprintOf, parseLog, signatureOf } from "@kasan/report";

/** What kinds of bugs there are. */
export type FailureKind = "kasan" | "oops" | "bug" | "panic" | "stack-overflow" | "hang" | "missing" | "stopped";

/** A failure of a guest, named. */
export interface NamedFailure extends Failure {
  /** Its kind. */
  readonly kind: FailureKind;
  /** What the session tells of it. */
  readonly details: FuzzFailure;
}

/** A bug that a fuzzer found in a guest. */
export type FuzzFinding = Finding & NamedFailure;

/** Lines of a log that say what happened, and the kind of bug that each is. The first that a log has counts. */
const TITLES: readonly (readonly [line: RegExp, kind: FailureKind])[] = [
  [/^BUG: KASAN: /, "kasan"],
  [
    /^BUG: (?:TASK |IRQ |)stack guard page was hit|^BUG: stack (?:overflow|guard)|kernel stack overflow/,
    "stack-overflow",
  ],
  [/^kernel BUG |^------------\[ cut here \]------------ kernel BUG/, "bug"],
  [/^Kernel panic/, "panic"],
  [/^(?:BUG: |Oops: |general protection fault|Unable to handle|Internal error: |divide error)/, "oops"],
];

/** A bug that an input led to: two that have the same fingerprint are the same. */
export function failureOf(failed: FuzzFailure): NamedFailure {
  const [first] = parseLog(logOf(failed)).reports;
  const titled = titleOf(failed);
  const key = first ? fingerprintOf(signatureOf(first)) : titled.title;
  return { key: `${titled.kind} ${key}`, ...titled, details: failed, ...(titled.kind === "hang" && { slow: true }) };
}

function titleOf(failed: FuzzFailure): { readonly kind: FailureKind; readonly title: string } {
  for (const { text } of failed.log) {
    const kind = TITLES.find(([line]) => line.test(text))?.[1];
    if (kind !== undefined) return { kind, title: text };
  }
  return endOf(failed);
}

/** Why a guest did not go on that printed nothing of it. */
function endOf({ stopped, timeoutSite, log }: FuzzFailure): { readonly kind: FailureKind; readonly title: string } {
  if (stopped === "timeout") {
    const where = timeoutSite?.frame?.symbol;
    return { kind: "hang", title: `the input does not end in time${where === undefined ? "" : `, in ${where}()`}` };
  }
  if (stopped === "missing") {
    const what = log.at(-1)?.text;
    return { kind: "missing", title: what ?? "a function is called that nothing provides" };
  }
  return { kind: "stopped", title: `the guest stopped: ${stopped}` };
}

/** What the guest printed. */
const logOf = ({ log }: FuzzFailure): string => log.map((line) => `${formatLogLine(line)}\n`).join("");

/** What the guest printed, and what its first report means. */
export function describeFailure(failed: FuzzFailure): string {
  const log = logOf(failed);
  const [first] = parseLog(log).reports;
  return first ? `${log}\n${explainText(first)}` : log;
}
