import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@kasan/fuzz/folder";
import { STDIN } from "../logs/open-log.ts";
import { checkWritable, ProgressLine, type Streams, writeWhole } from "../output.ts";
import { TriageDatabase } from "./database.ts";
import { asksFor, type DecisionRequest, decide } from "./decide.ts";
import { readDecisions, writeDecisions } from "./decisions.ts";
import { digestLog, type LogDigest } from "./digest.ts";
import { type BugGroup, groupBugs } from "./groups.ts";
import { indexHtml } from "./index-page.ts";
import { findLogs, type LogFile } from "./inputs.ts";
import { occurrencesOf } from "./occurrences.ts";
import { bugHtml, indexCsv, indexJson, indexText, summary } from "./pages.ts";
import { readLogs } from "./pool.ts";

/** The result of a triage. */
export interface TriageResult {
  /** Logs read now, and those read before. */
  readonly read: number;
  readonly known: number;
  /** Logs that could not be read, and why. */
  readonly failed: readonly { readonly path: string; readonly error: string }[];
  readonly reports: number;
  /** Copies of reports in mails, which do not count. */
  readonly copies: number;
  readonly groups: number;
  /** What is wrong with decisions, a line each. */
  readonly problems: readonly string[];
}

/** Decisions, and where they are kept. */
export interface Deciding extends DecisionRequest {
  readonly file: string;
}

/** Logs that are stored together: committing each alone would take longer than reading it. */
const BATCH = 64;

/**
 * Reads the logs that `paths` name and the folder `output` does not know yet, makes decisions, and writes the index anew.
 *
 * @throws {@link DecisionError} if decisions cannot be read or made. They are then as they were.
 */
export async function triage(
  paths: readonly string[],
  output: string,
  deciding: Deciding,
  streams: Streams,
): Promise<TriageResult> {
  const files = await findLogs(paths);
  makeFolder(join(output, "bugs"));
  const before = await readDecisions(deciding.file);
  if (asksFor(deciding)) await checkWritable(deciding.file);
  const database = new TriageDatabase(join(output, "triage.db"));
  const progress = new ProgressLine(streams);
  try {
    const fresh = files.filter((file) => file.path !== STDIN && !isOwn(file.path, output) && !database.has(file));
    const failed = await readAll(fresh, database, progress);
    const stdin = files.some(({ path }) => path === STDIN) ? await readStdin(database, streams) : 0;
    progress.show("grouping");
    const stored = database.reports();
    const reports = occurrencesOf(stored, database.threads());
    const names = database.names();
    const decisions = decide(before, deciding, (some) => groupBugs(reports, some, names));
    if (asksFor(deciding)) await writeDecisions(deciding.file, decisions);
    const { groups, problems } = groupBugs(reports, decisions, names);
    database.keepNames(groups);
    await writePages(output, groups, database, progress);
    return {
      read: fresh.length - failed.length + stdin,
      known: database.fileCount() - (fresh.length - failed.length + stdin),
      failed,
      reports: reports.length,
      copies: stored.length - reports.length,
      groups: groups.length,
      problems,
    };
  } finally {
    progress.clear();
    database.close();
  }
}

/** Whether a file is one that triage wrote. */
function isOwn(path: string, output: string): boolean {
  return path.startsWith(join(process.cwd(), output, "/")) || path.startsWith(join(output, "/"));
}

async function readAll(
  files: readonly LogFile[],
  database: TriageDatabase,
  progress: ProgressLine,
): Promise<TriageResult["failed"]> {
  const failed: { path: string; error: string }[] = [];
  const batch: { file: LogFile; digest: LogDigest }[] = [];
  let done = 0;
  let found = 0;
  const commit = () => {
    if (batch.length > 0) database.store(batch.splice(0));
  };
  await readLogs(files, (file, answer) => {
    done++;
    if ("error" in answer) failed.push({ path: file.path, error: answer.error });
    else {
      batch.push({ file, digest: answer.digest });
      found += answer.digest.reports.length;
    }
    if (batch.length >= BATCH) commit();
    progress.show(`${bar(done / files.length)} ${done} of ${files.length} logs, ${found} reports`);
  });
  commit();
  return failed;
}

/** Standard input has no name: its content tells whether it was read before. */
async function readStdin(database: TriageDatabase, { input }: Streams): Promise<number> {
  const digest = await digestLog({ path: STDIN }, input);
  const file = { path: `stdin-${digest.content}`, version: digest.content! };
  if (database.has(file)) return 0;
  database.store([{ file, digest }]);
  return 1;
}

/** Columns of the progress bar. */
const BAR = 24;

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return `[${"#".repeat(full)}${" ".repeat(BAR - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}

async function writePages(
  output: string,
  groups: readonly BugGroup[],
  database: TriageDatabase,
  progress: ProgressLine,
): Promise<void> {
  const folder = join(output, "bugs");
  const names = new Set<string>();
  for (const [index, group] of groups.entries()) {
    names.add(group.page);
    await writeChanged(join(folder, group.page), bugHtml(group, database.sample(group.sample)));
    if (index % 50 === 0) progress.show(`${bar(index / groups.length)} pages`);
  }
  const files = database.fileCount();
  await writeWhole(join(output, "index.csv"), indexCsv(groups));
  await writeWhole(join(output, "index.json"), indexJson(groups, files));
  await writeWhole(join(output, "index.txt"), indexText(groups, files));
  await writeWhole(join(output, "index.html"), indexHtml(groups, summary(groups, files)));
  // Pages of groups that are now part of others, and what a run left that was killed while it wrote.
  for (const name of await readdir(folder)) {
    if (/^(?:[0-9a-f]{16}(?:-\d+)?\.html|\.[0-9a-f]{12}\.tmp)$/.test(name) && !names.has(name))
      await rm(join(folder, name), { force: true });
  }
}

/** Writes a file unless it has that text already: most bugs' pages stay the same from run to run. */
async function writeChanged(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before !== text) await writeWhole(path, text);
}
