import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import Ajv from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kasan, publishedSchema } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const SCHEMA = publishedSchema("triage");
const OOB = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8");
const UAF = readFileSync(new URL("slab-use-after-free-irq.txt", DATA), "utf8");

let folder: string;
let logs: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kasan-triage-"));
  logs = join(folder, "logs");
  out = join(folder, "out");
  mkdirSync(join(logs, "deeper"), { recursive: true });
  writeFileSync(join(logs, "a.log"), OOB);
  writeFileSync(join(logs, "deeper", "b.log.gz"), gzipSync(OOB + UAF));
  writeFileSync(join(logs, "deeper", "c.txt"), "nothing\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Index {
  files: number;
  groups: { title: string; count: number; page: string; members: { file: string; report: number }[] }[];
}
const index = (): Index => JSON.parse(readFileSync(join(out, "index.json"), "utf8")) as Index;
const counts = () => index().groups.map(({ count }) => count);

describe("kasan triage", () => {
  test("groups the reports of a folder, with an index in three forms and a page for each bug", async () => {
    const { code, err } = await kasan("triage", logs, "-o", out);
    expect(code).toBe(1);
    expect(err).toContain("3 logs read, 3 reports of 2 bugs");
    const validate = new Ajv({ strict: true }).compile(SCHEMA);
    expect(validate(index()), JSON.stringify(validate.errors)).toBe(true);
    expect(counts()).toEqual([2, 1]);
    expect(readFileSync(join(out, "index.csv"), "utf8").trim().split("\r\n")).toHaveLength(4);
    const html = readFileSync(join(out, "index.html"), "utf8");
    for (const { page, title } of index().groups) {
      expect(html).toContain(page);
      expect(readFileSync(join(out, page), "utf8")).toContain(title);
    }
  });

  test("a second run reads only what is new or changed", async () => {
    await kasan("triage", logs, "-o", out);
    expect((await kasan("triage", logs, "-o", out)).err).toContain("0 logs read (3 known), 3 reports");
    writeFileSync(join(logs, "d.log"), UAF);
    writeFileSync(join(logs, "a.log"), `${OOB}changed\n${OOB}`);
    expect((await kasan("triage", logs, "-o", out)).err).toContain("2 logs read (2 known), 5 reports of 2 bugs");
    expect(counts()).toEqual([3, 2]);
  });

  test("globs name files; what names nothing is bad input", async () => {
    expect((await kasan("triage", join(logs, "**/*.log"), "-o", out)).err).toContain("1 log read");
    expect((await kasan("triage", join(logs, "missing"), "-o", out)).code).toBe(2);
  });

  test("a log that cannot be read is named, and does not stop the others", async () => {
    writeFileSync(join(logs, "cut.gz"), gzipSync(OOB).subarray(0, 50));
    const { code, err } = await kasan("triage", logs, "-o", out);
    expect(code).toBe(2);
    expect(err).toMatch(/cut\.gz: cannot be read/);
    expect(counts()).toEqual([2, 1]);
  });

  test("nothing found is exit code 0, with an index that says so", async () => {
    const { code } = await kasan("triage", join(logs, "deeper", "c.txt"), "-o", out);
    expect(code).toBe(0);
    expect(index()).toEqual({ version: 1, files: 1, groups: [] });
  });

  test("a folder of something else's database is left alone", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "triage.db"), "this is no database, but it is long enough to look like one".repeat(20));
    const { code, err } = await kasan("triage", logs, "-o", out);
    expect(code).toBe(2);
    expect(err).toContain("triage.db");
  });
});

const BIN = fileURLToPath(new URL("../bin/kasan.js", import.meta.url));
const BUILT = existsSync(fileURLToPath(new URL("../dist/bin.js", import.meta.url)));

test.skipIf(!BUILT)(
  "killed at any time, it loses nothing and counts nothing twice (skipped without a build)",
  async () => {
    for (let i = 0; i < 300; i++) {
      const text = (i % 3 === 0 ? UAF : OOB).replaceAll("ffff888000", `ffff8880${String(i).padStart(2, "0")}`);
      writeFileSync(join(logs, `${i}.log`), text.repeat(1 + (i % 5)));
    }
    const start = () => spawn(process.execPath, [BIN, "triage", logs, "-o", out], { stdio: "ignore" });
    for (const patience of [60, 120, 180, 250, 350, 500]) {
      const child = start();
      const end = new Promise((resolve) => child.once("exit", resolve));
      await Promise.race([delay(patience), end]);
      child.kill("SIGKILL");
      await end;
    }
    const child = start();
    await new Promise((resolve) => child.once("exit", resolve));
    const interrupted = index();
    const whole = join(folder, "whole");
    expect((await kasan("triage", logs, "-o", whole)).code).toBe(1);
    expect(interrupted).toEqual(JSON.parse(readFileSync(join(whole, "index.json"), "utf8")));
    expect(readdirSync(join(out, "bugs")).sort()).toEqual(readdirSync(join(whole, "bugs")).sort());
  },
);
