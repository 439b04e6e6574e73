import { existsSync, readFileSync } from "node:fs";
import { fingerprintOf, type ParsedReport, parseLog, type Signature, signatureOf } from "../../src/index.ts";

const FOLDER = new URL("../../../../../shared/reports/wild-dev/", import.meta.url);

/** Whether the reports of others lie beside the repository. */
export const HAS_CORPUS = existsSync(FOLDER);

/** The first report of a mail, and the bug that it is filed under. */
export interface KnownReport {
  readonly file: string;
  /** Equal for reports that their reporters track as one bug. */
  readonly bug: string;
  readonly title: string;
  readonly signature: Signature;
  readonly fingerprint: string;
  readonly report: ParsedReport;
}

interface Entry {
  readonly file: string;
  readonly bug: string | null;
}

/** All reports whose bug is known. */
export function readCorpus(): KnownReport[] {
  const lines = readFileSync(new URL("manifest.jsonl", FOLDER), "utf8").trim().split("\n");
  return lines.flatMap((line): KnownReport[] => {
    const { file, bug } = JSON.parse(line) as Entry;
    if (bug === null) return [];
    const [report] = parseLog(readFileSync(new URL(file, FOLDER))).reports;
    if (!report) return [];
    const signature = signatureOf(report);
    return [{ file, bug, title: report.title, signature, fingerprint: fingerprintOf(signature), report }];
  });
}
