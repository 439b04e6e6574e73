import { existsSync, readdirSync, readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { checkReport, encodeLog, formatLog, type ParsedReport, parsedToJson, parseLog } from "../src/index.ts";

// Real reports lie beside the repository, and stay there. Without them, these tests say that they were skipped.
const REPORTS = new URL("../../../../shared/reports/", import.meta.url);
const ORACLE = new URL("../../../../shared/oracle/", import.meta.url);
const jsonLines = <T>(path: string): T[] =>
  readFileSync(new URL(path, REPORTS), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

/** Reads a log, and checks that nothing of it was lost. */
function read(url: URL): readonly ParsedReport[] {
  const log = readFileSync(url);
  const { reports, items } = parseLog(log);
  expect(log.equals(encodeLog(formatLog(items))), `${url.pathname} does not come back`).toBe(true);
  return reports;
}

const share = (part: number, whole: number) => part / Math.max(1, whole);

describe.skipIf(!existsSync(REPORTS))("reports that others wrote (skipped without ../shared/reports)", () => {
  interface Expected {
    file: string;
    title: string;
    alt: string[];
    type: string;
    corrupted: boolean;
    frame: string | null;
  }

  test("titles, alternatives, types, damage and frames are those of syzkaller's parser, or its title is an alternative", () => {
    const expected = jsonLines<Expected>("syzkaller-dev/expected.jsonl");
    let same = 0;
    for (const { file, frame, ...wanted } of expected) {
      const [first] = read(new URL(`syzkaller-dev/${file}`, REPORTS));
      const { title, altTitles: alt, type, corrupted } = first!;
      // A crash that came before names the report there, and here not.
      if (title !== wanted.title && alt.includes(wanted.title)) continue;
      same++;
      expect({ file, title, alt, type, corrupted }).toEqual({ file, ...wanted });
      if (frame !== null) expect(first!.frame).toBe(frame);
    }
    expect(share(same, expected.length)).toBeGreaterThan(0.85);
  });

  test("logs without a report have none", () => {
    const files = readdirSync(new URL("negative/", REPORTS));
    expect(files.filter((file) => read(new URL(`negative/${file}`, REPORTS)).length > 0)).toEqual([]);
  });

  interface Mail {
    file: string;
    bug: string | null;
    title: string | null;
  }
  const mails = () =>
    jsonLines<Mail>("wild-dev/manifest.jsonl").map((mail) => ({
      ...mail,
      reports: read(new URL(`wild-dev/${mail.file}`, REPORTS)),
    }));

  test("reports in mails are found and named", () => {
    const all = mails();
    expect(share(all.filter(({ reports }) => reports.length > 0).length, all.length)).toBeGreaterThan(0.99);
    const titled = all.filter(({ title }) => title !== null);
    expect(
      share(titled.filter(({ title, reports: [first] }) => first?.title === title).length, titled.length),
    ).toBeGreaterThan(0.925);
    const named = titled.filter(
      ({ title, reports: [first] }) => first?.title === title || first?.altTitles.includes(title!),
    );
    expect(share(named.length, titled.length)).toBeGreaterThan(0.95);
    expect(share(titled.filter(({ reports }) => reports[0]?.corrupted).length, titled.length)).toBeLessThan(0.05);
  });

  test("what is said of them keeps to the schema", () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../../apps/cli/schema/explain.schema.json", import.meta.url), "utf8"),
    );
    const validate = new Ajv({ strict: true }).compile(schema);
    for (const { file, reports } of mails()) {
      const json = JSON.parse(JSON.stringify({ version: 1, reports: reports.map(parsedToJson) }));
      expect(validate(json), `${file}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });
});

describe.skipIf(!existsSync(ORACLE))("consoles of real kernels (skipped without ../shared/oracle)", () => {
  test.each([
    ["x86_64-4level-generic", 155],
    ["x86_64-5level-generic", 155],
    ["arm64-48bit-4k-swtags", 175],
  ])("%s: every report is whole and agrees with itself", (folder, count) => {
    const reports = read(new URL(`${folder}/console.log`, ORACLE));
    expect(reports).toHaveLength(count);
    expect(reports.filter(({ damage }) => damage !== undefined)).toEqual([]);
    const problems = reports.flatMap((report) => checkReport(report).filter(({ ok }) => !ok));
    // One access has the tag of the memory when the report is made.
    expect(problems.filter(({ id }) => id !== "tags")).toEqual([]);
    expect(problems.length).toBeLessThanOrEqual(1);
  });
});
