import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ParsedReport, parseLog } from "../src/index.ts";

// Real reports lie beside the repository, and stay there.
const REPORTS = new URL("../../../../shared/reports/", import.meta.url);

const hex = (value: bigint): string => value.toString(16);

/** A field: a plain pattern for the lines that say it, and what was read of it, in the pattern's words. */
interface Field {
  said: RegExp;
  read: (report: ParsedReport) => readonly (string | number | undefined)[] | undefined;
}

const FIELDS: Record<string, Field> = {
  access: {
    said: /(Read|Write) of size (\d+) at addr\s+(?:0x)?0*([0-9a-f]+)/g,
    read: ({ access }) =>
      access?.size === undefined ? undefined : [access.kind, String(access.size), hex(access.address)],
  },
  task: {
    said: /(?:Read|Write)(?: of size \d+)? at addr\s+(?:0x)?[0-9a-f]+ by\s+task ([^\n]+)\/(\d+)/g,
    read: ({ task }) => task && [task.comm, task.pid],
  },
  object: {
    said: /belongs to the object at\s+(?:0x)?0*([0-9a-f]+)/g,
    read: ({ object }) => object && [hex(object.address)],
  },
  cache: {
    said: /belongs to the cache (\S+) of size (\d+)/g,
    read: ({ object }) => object && [object.cache, object.objectSize],
  },
  region: {
    said: /(\d+)-byte region \[0*([0-9a-f]+), 0*([0-9a-f]+)\)/g,
    read: ({ region }) => region && [region.size, hex(region.start), hex(region.end)],
  },
  allocated: { said: /Allocated by task (\d+)/g, read: ({ allocated }) => allocated && [allocated.pid] },
  freed: { said: /Freed by task (\d+)/g, read: ({ freed }) => freed && [freed.pid] },
};

/** A log as a reader sees it: without marks of quotation. */
const unquoted = (log: Buffer): string => log.toString("utf8").replace(/^(?:> ?)+(?![0-9a-f]{8,16}: )/gm, "");

/** Whether each of the words stands somewhere in the report. */
function stands(words: readonly (string | number | undefined)[], { lines }: ParsedReport): boolean {
  const text = lines.map(({ raw }) => raw).join("");
  return words.every((word) => word === undefined || text.includes(String(word)));
}

test.skipIf(!existsSync(REPORTS))(
  "fields: what reports say is read, and what is read is said (skipped without ../shared/reports)",
  () => {
    const count = { said: 0, missed: 0, read: 0, invented: 0 };
    for (const folder of ["wild-dev/", "syzkaller-dev/"]) {
      for (const name of readdirSync(new URL(folder, REPORTS)).filter((one) => one.endsWith(".log"))) {
        const log = readFileSync(new URL(folder + name, REPORTS));
        const { reports } = parseLog(log);
        const text = unquoted(log);
        for (const { said, read } of Object.values(FIELDS)) {
          const readings = reports.map((report) => ({ report, words: read(report) }));
          const known = readings.map(({ words }) => words?.join(" ")).filter((one) => one !== undefined);
          for (const match of text.matchAll(said)) {
            count.said++;
            const at = known.indexOf(match.slice(1).join(" "));
            if (at >= 0) known.splice(at, 1);
            else count.missed++;
          }
          for (const { words, report } of readings) {
            if (words === undefined) continue;
            count.read++;
            if (!stands(words, report)) count.invented++;
          }
        }
      }
    }
    expect(count.said).toBeGreaterThan(3000);
    expect(1 - count.missed / count.said).toBeGreaterThanOrEqual(0.99);
    expect(1 - count.invented / count.read).toBeGreaterThanOrEqual(0.995);
  },
  120_000,
);
