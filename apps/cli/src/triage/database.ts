import { createRequire } from "node:module";
import { inflateRawSync } from "node:zlib";
import type { Signature } from "@kasan/report";
import { KasanError } from "@kasan/shadow";
import type Database from "libsql";
import ownPackage from "../../package.json" with { type: "json" };
import type { MailIds } from "../logs/log-reader.ts";
import type { LogDigest } from "./digest.ts";
import type { LogFile } from "./inputs.ts";

/** A database that cannot be used. Codes: `DATABASE_MISSING`, `DATABASE_VERSION`, `DATABASE_DAMAGED`. */
class DatabaseError extends KasanError {
  override name = "DatabaseError";
}

/** A report, as the database has it. */
export interface StoredReport extends Omit<MailIds, "sent"> {
  readonly file: string;
  /** Its number in the file, from 0. */
  readonly report: number;
  readonly line: number;
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly type: string;
  readonly bugType: string;
  readonly corrupted: boolean;
  /** Its own name. Copies of a report share it. */
  readonly id: string;
  /** Its bug's, as far as the report alone says. */
  readonly fingerprint: string;
  readonly signature: Signature;
  readonly release?: string;
  /** The day of its line or of its mail, in UTC. */
  readonly day?: string;
  /** Whether a mail quotes it. */
  readonly quoted?: boolean;
}

/** A name that a bug has had since an earlier run. */
export interface KnownName {
  readonly name: string;
  /** The id of the report that tells which bug it is. */
  readonly anchor: string;
}

interface Row {
  path: string;
  number: number;
  line: number;
  title: string;
  digest: string;
}

/** Changes with the tables, and with what reading a log yields. */
const VERSION = 4;

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
  CREATE TABLE IF NOT EXISTS replies (
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    message TEXT NOT NULL,
    thread TEXT NOT NULL,
    PRIMARY KEY (file, message)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS samples (id TEXT PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, anchor TEXT NOT NULL);
`;

/** Opens a file with libsql, an optional package: it is large, and only triage needs it. */
function open(path: string): Database.Database {
  const require = createRequire(import.meta.url);
  let Libsql: typeof Database;
  try {
    Libsql = require("libsql");
  } catch {
    // Itself, or its part for this system.
    const wanted = `libsql@${ownPackage.optionalDependencies.libsql}`;
    throw new DatabaseError(
      "DATABASE_MISSING",
      `triage keeps what it read with libsql, an optional package that is not installed here; npm install ${wanted} adds it`,
    );
  }
  return new Libsql(path);
}

/**
 * The logs that were already read. A log's reports are stored in one transaction, and a file has one row: whenever the process is
 * killed, each log was read wholly or will be read again.
 */
export class TriageDatabase {
  private readonly database: Database.Database;

  /** @throws {@link DatabaseError} if the file is no such database, or that of another version; if libsql is not installed */
  constructor(path: string) {
    this.database = open(path);
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
    const addSample = this.database.prepare("INSERT OR IGNORE INTO samples (id, text) VALUES (?, ?)");
    const addReply = this.database.prepare("INSERT OR IGNORE INTO replies (file, message, thread) VALUES (?, ?, ?)");
    this.database.transaction(() => {
      for (const { file, digest } of logs) {
        remove.run(file.path);
        const { lastInsertRowid } = addFile.run(file.path, file.version);
        for (const [number, { text, line, title, ...rest }] of digest.reports.entries()) {
          addReport.run(lastInsertRowid, number, line, title, JSON.stringify(rest));
          addSample.run(rest.id, Buffer.from(text));
        }
        for (const { message, thread } of digest.replies) addReply.run(lastInsertRowid, message, thread);
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

  /** The threads of mails that belong to others' threads, by their message IDs. */
  threads(): Map<string, string> {
    const rows = this.database.prepare("SELECT message, thread FROM replies ORDER BY message, thread").raw().all();
    return new Map(rows as [string, string][]);
  }

  /** The names that bugs have had, the oldest first. */
  names(): KnownName[] {
    return this.database.prepare("SELECT name, anchor FROM names ORDER BY number").all() as KnownName[];
  }

  /** Keeps names for later runs. A name that is known already gets another anchor. */
  keepNames(names: readonly KnownName[]): void {
    const keep = this.database.prepare(
      "INSERT INTO names (name, anchor) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET anchor = excluded.anchor",
    );
    this.database.transaction(() => {
      for (const { name, anchor } of names) keep.run(name, anchor);
    })();
  }

  /** A report with that id, as it stands in its log. */
  sample(id: string): string {
    const row = this.database.prepare("SELECT text FROM samples WHERE id = ?").get(id) as { text: Uint8Array };
    return inflateRawSync(row.text).toString();
  }

  /** Closes the file. */
  close(): void {
    this.database.close();
  }
}
