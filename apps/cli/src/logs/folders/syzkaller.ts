import { join } from "node:path";
import type { FolderKind } from "./folder.ts";

const LOG = /^(?:log(\d*)|log\.txt|console\.log)$/;
const REPORT = /^(?:report(\d*)|report\.txt)$/;

/** A crash of syzkaller's (`workdir/crashes/…`): `description`, and for each time that it happened `logN` with the console and `reportN` cut out of it. */
export const syzkaller: FolderKind = {
  async find(folder, names) {
    const logs = names.filter((name) => LOG.test(name));
    const reports = names.filter((name) => REPORT.test(name));
    if (!names.includes("description") || logs.length + reports.length === 0) return undefined;
    // A report says nothing that its log does not say.
    const logged = new Set(logs.map((name) => LOG.exec(name)![1] ?? ""));
    const alone = reports.filter((name) => !logged.has(REPORT.exec(name)![1] ?? ""));
    return { sources: [...logs, ...alone].map((name) => ({ path: join(folder, name) })) };
  },
};
