import type { ReportMail, Signature } from "@kasan/report";
import { KasanError } from "@kasan/shadow";
import Database from "libsql";
import type { LogDigest } from "./digest.ts";
import type { LogFile } from "./inputs.ts";

/** A database that cannot be used. Codes: `DATABASE_VERSION`, `DATABASE_DAMAGED`. */
class DatabaseError extends KasanError {
  override name = "DatabaseError";
}

/** A report, as the database has it. */
export interface StoredReport extends Partial<ReportMail> {
  readonly file: string;
  /** Its number in the file, from 0. */
  readonly report: number;
  readonly line: number;
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly type: string;
  readonly bugType: string;
  readonly corrupted: boolean;
  readonly fingerprint: string;
  readonly signature: Signature;
  readonly release?: string;
}

interface Row {
  path: string;
  number: number;
  line: number;
  title: string;
  digest: string;
}

/** Changes with the tables, and with what reading a log yields. */
const VERSION = 2;

const TABLES = `
  CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS reports (
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (file, number)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS samples (fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * The logs that were already read. A log's reports are stored in one transaction, and a file has one row: whenever the process is
 * killed, each log was read wholly or will be read again.
 */
export class TriageDatabase {
  private readonly database: Database.Database;

  /** @throws {@link DatabaseError} if the file is no such database, or that of another version. */
  constructor(path: string) {
    this.database = new Database(path);
    try {
      this.database.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON");
      const { user_version: version } = this.database.prepare("PRAGMA user_version").get() as { user_version: number };
      if (version !== 0 && version !== VERSION) {
        throw new DatabaseError(
          "DATABASE_VERSION",
          `${path} was made by another version of kasan; remove it, and read the logs again`,
        );
      }
      this.database.exec(TABLES);
      this.database.exec(`PRAGMA user_version = ${VERSION}`);
    } catch (error) {
      this.database.close();
      if (error instanceof DatabaseError) throw error;
      throw new DatabaseError(
        "DATABASE_DAMAGED",
        `${path} cannot be used: ${(error as Error).message}; remove it, and read the logs again`,
      );
    }
  }

  /** Whether this very version of a file was read. */
  has({ path, version }: LogFile): boolean {
    return this.database.prepare("SELECT 1 FROM files WHERE path = ? AND version = ?").get(path, version) !== undefined;
  }

  /** Stores logs, in place of what older versions of them had. */
  store(logs: readonly { readonly file: LogFile; readonly digest: LogDigest }[]): void {
    const remove = this.database.prepare("DELETE FROM files WHERE path = ?");
    const addFile = this.database.prepare("INSERT INTO files (path, version) VALUES (?, ?)");
    const addReport = this.database.prepare(
      "INSERT INTO reports (file, number, line, title, digest) VALUES (?, ?, ?, ?, ?)",
    );
    const addSample = this.database.prepare("INSERT OR IGNORE INTO samples (fingerprint, text) VALUES (?, ?)");
    this.database.transaction(() => {
      for (const { file, digest } of logs) {
        remove.run(file.path);
        const { lastInsertRowid } = addFile.run(file.path, file.version);
        for (const [number, { text, line, title, ...rest }] of digest.reports.entries()) {
          addReport.run(lastInsertRowid, number, line, title, JSON.stringify(rest));
          addSample.run(rest.fingerprint, text);
        }
      }
    })();
  }

  /** How many files were read. */
  fileCount(): number {
    return (this.database.prepare("SELECT count(*) AS count FROM files").get() as { count: number }).count;
  }

  /** All reports, in the order of their files. */
  reports(): StoredReport[] {
    const rows = this.database
      .prepare(
        "SELECT path, number, line, title, digest FROM reports JOIN files ON files.id = file ORDER BY path, number",
      )
      .all() as Row[];
    return rows.map(({ path, number, line, title, digest }) => ({
      file: path,
      report: number,
      line,
      title,
      ...(JSON.parse(digest) as Omit<StoredReport, "file" | "report" | "line" | "title">),
    }));
  }

  /** A report with that fingerprint, as it stands in its log. */
  sample(fingerprint: string): string | undefined {
    const row = this.database.prepare("SELECT text FROM samples WHERE fingerprint = ?").get(fingerprint);
    return (row as { text: string } | undefined)?.text;
  }

  /** Closes the file. */
  close(): void {
    this.database.close();
  }
}
