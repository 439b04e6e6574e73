import type { Failure } from "@kasan/fuzz";
import type { FuzzFailure } from "@kasan/guest";
import { formatLogLine } from "@kasan/kernel";
import { explainText, fingerprintOf, parseLog, signatureOf } from "@kasan/report";

/** The line of a log that says what happened. */
const TITLE = /^(?:BUG: |WARNING: |kernel BUG |Oops: |general protection fault|Internal error: |Kernel panic)/;

/** A bug that an input led to: two that have the same fingerprint are the same. */
export function failureOf(failed: FuzzFailure): Failure & { readonly details: FuzzFailure } {
  const text = logOf(failed);
  const [first] = parseLog(text).reports;
  const title = failed.log.map((line) => line.text).find((line) => TITLE.test(line)) ?? endOf(failed);
  return { key: first ? fingerprintOf(signatureOf(first)) : endOf(failed), title, details: failed };
}

/** Why a guest did not go on, in a line. */
function endOf({ stopped, timeoutSite }: FuzzFailure): string {
  const where = timeoutSite?.frame?.symbol;
  if (stopped === "timeout") return `the input does not end in time${where === undefined ? "" : `, in ${where}()`}`;
  return stopped === "missing" ? "a function is called that nothing provides" : `the guest stopped: ${stopped}`;
}

/** What the guest printed. */
const logOf = ({ log }: FuzzFailure): string => log.map((line) => `${formatLogLine(line)}\n`).join("");

/** What the guest printed, and what its first report means. */
export function describeFailure(failed: FuzzFailure): string {
  const log = logOf(failed);
  const [first] = parseLog(log).reports;
  return first ? `${log}\n${explainText(first)}` : log;
}
