import type { StoredReport } from "./database.ts";

/** A report, and where else it stands. */
export interface Occurrence extends StoredReport {
  /** The same report in other mails of its thread, or in other copies of its mail. */
  readonly copies: readonly StoredReport[];
}

/**
 * Counts once what mails say more than once: a mail that is there twice (moved inside a maildir, or in two mailboxes), and a report that
 * another mail of its thread quotes or repeats. Logs that are not mails count as often as they are there.
 *
 * @param threads - the threads of mails, by their message IDs
 */
export function occurrencesOf(reports: readonly StoredReport[], threads: ReadonlyMap<string, string>): Occurrence[] {
  const copies = new Map<StoredReport, StoredReport[]>();
  const known = new Map<string, StoredReport[]>();
  // Originals first, so that a quotation finds its own wherever it is.
  for (const report of [...reports].sort((a, b) => Number(a.quoted ?? false) - Number(b.quoted ?? false))) {
    const scope = scopeOf(report, threads);
    const keys = scope === undefined ? [] : keysOf(report).map((key) => `${key} ${scope}`);
    const original = keys.flatMap((key) => known.get(key) ?? []).find((other) => isCopy(report, other));
    if (original !== undefined) {
      copies.get(original)!.push(report);
      continue;
    }
    copies.set(report, []);
    for (const key of keys) known.set(key, [...(known.get(key) ?? []), report].slice(0, MAX_COMPARED));
  }
  return reports.flatMap((report) => {
    const others = copies.get(report);
    return others ? [{ ...report, copies: others }] : [];
  });
}

/** Reports of a thread that begin in the same function, and that a quotation is compared with. */
const MAX_COMPARED = 64;

/** Keys of a report. It shares one with its copies. */
const keysOf = ({ id, signature: { family, access } }: StoredReport): string[] => [id, `${family} ${access[0]}`];

/** Mails in a thread that name no mail but the one before them. Longer chains are cut. */
const MAX_CHAIN = 100;

/** The thread of a report's mail, or the mail itself if it is in none; `undefined` for logs. */
function scopeOf({ thread, content }: StoredReport, threads: ReadonlyMap<string, string>): string | undefined {
  if (thread === undefined) return content === undefined ? undefined : `content ${content}`;
  let first = thread;
  for (let i = 0; i < MAX_CHAIN; i++) {
    const before = threads.get(first);
    if (before === undefined || before === first) break;
    first = before;
  }
  return `thread ${first}`;
}

/** Whether a report is another of the same thread: it begins with the same words, or is quoted from it with some of them left out. */
function isCopy(report: StoredReport, other: StoredReport): boolean {
  if (report.id === other.id) return true;
  if (!report.quoted) return false;
  const [a, b] = [report.signature, other.signature];
  const sameAddress = a.address === undefined || b.address === undefined || a.address === b.address;
  return sameAddress && a.family === b.family && a.access.length > 0 && a.access[0] === b.access[0];
}
