import { readdirSync, readFileSync } from "node:fs";
import sarifSchema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import Ajv from "ajv-draft-04";
import { describe, expect, test } from "vitest";
import { type ParsedReport, parseLog } from "../parse/index.ts";
import { explainHtml, explainReport, explainText, parsedToJson, toSarif } from "./index.ts";

const DATA = new URL("../../testdata/", import.meta.url);
const read = (name: string): ParsedReport => parseLog(readFileSync(new URL(name, DATA), "utf8")).reports[0]!;
const OOB = read("slab-out-of-bounds.txt");
const UAF = read("slab-use-after-free-irq.txt");

test("two sentences say what happened and why it is wrong", () => {
  expect(explainReport(OOB).summary).toEqual([
    "kmalloc_oob_right, run by task kunit_try_catch (pid 43), wrote 1 byte at 0xffff888000a59873.",
    "That is right behind the 115 bytes that were asked for (an object of the cache kmalloc-128 has 128); writing there overwrites whatever lies there.",
  ]);
});

test("addresses have all their digits, as many as the kernel prints", () => {
  const at = (digits: string) =>
    parseLog(
      `BUG: KASAN: wild-memory-access in f+0x94/0xb8\nWrite of size 4 at addr ${digits} by task a/47\n f+0x94/0xb8\n`,
    ).reports[0]!;
  expect(explainReport(at("0000000000000010")).summary[0]).toContain("wrote 4 bytes at 0x0000000000000010.");
  const narrow = at("00aaf478");
  expect(explainReport(narrow).summary[0]).toBe("f, while task a (pid 47) ran, wrote 4 bytes at 0x00aaf478.");
  expect(parsedToJson(narrow).access?.address).toBe("0x0000000000aaf478");
});

test("with tags, an address inside of an object is not called outside", () => {
  const log = readFileSync(new URL("slab-out-of-bounds-arm64-sw-tags.txt", DATA), "utf8")
    .replace("slab-out-of-bounds in", "invalid-access in")
    .replace(/located \d+ bytes to the right of/, "located 16 bytes inside of");
  expect(explainReport(parseLog(log).reports[0]!).summary[1]).toMatch(
    /^That is inside of 112 bytes .* whose tag is not/,
  );
});

test("the story is in the order of events", () => {
  const story = explainReport(UAF).story.map((line) => line.split(" ")[0]);
  expect(story).toEqual(["Allocated", "Freed", "The", "Perhaps"]);
});

test("mistakes fit the case", () => {
  expect(explainReport(OOB).mistake).toMatch(/right behind the object's end/);
  expect(explainReport(UAF).mistake).toMatch(/RCU/);
});

test("the picture is to scale, without gaps", () => {
  const picture = explainReport(OOB).picture!;
  for (const [i, { start }] of picture.segments.entries())
    expect(start).toBe(picture.segments[i - 1]?.end ?? picture.start);
  expect(picture.segments.at(-1)!.end).toBe(picture.end);
  expect(picture.segments.map(({ kind }) => kind)).toEqual(["redzone", "object", "slack", "redzone"]);
  const text = explainText(OOB);
  const bar = text.split("\n").find((line) => line.startsWith("  [x"))!;
  const mark = text.split("\n").find((line) => line.includes("^ the access"))!;
  expect(bar[mark.indexOf("^")]).toBe("-");
});

test("text is plain unless it is painted", () => {
  expect(explainText(OOB)).not.toContain("\u001b");
  const loud = { bold: String, dim: String, green: String, yellow: String, red: (text: string) => `<${text}>` };
  expect(explainText(OOB, loud)).toContain("<KASAN: slab-out-of-bounds Write in kunit_try_run_case>");
});

test.each(readdirSync(DATA))("%s: words in text and page", (name) => {
  const report = read(name);
  for (const text of [explainText(report), explainHtml([report])]) {
    expect(text).toContain(report.title);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  }
});

/** The texts of a page's headings of one rank. */
function headings(html: string, rank: number): string[] {
  return [...html.matchAll(new RegExp(`<h${rank}[^>]*>(.*?)</h${rank}>`, "g"))].map(([, text]) => text!);
}

describe("the page", () => {
  const html = explainHtml([OOB, UAF]);

  test("needs nothing else", () => {
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
  });

  test("has headings, landmarks, and text for what is drawn", () => {
    expect(html).toMatch(/<html lang="en">/);
    expect(html).toMatch(/<main id="main">/);
    expect(html).toMatch(/role="img" aria-label="Memory from/);
    expect(headings(html, 2)).toEqual([OOB.title, UAF.title]);
    expect(html).toContain("prefers-color-scheme:dark");
  });

  test("of one report has its title as a heading once, and leaves out no rank", () => {
    const one = explainHtml([OOB]);
    expect(headings(one, 1)).toEqual([OOB.title]);
    expect(headings(one, 2)).toContain("Likely mistake");
    expect(headings(one, 3)).toEqual([]);
    const other = explainHtml([OOB], "A group of bugs");
    expect(headings(other, 1)).toEqual(["A group of bugs"]);
    expect(headings(other, 2)).toEqual([OOB.title]);
  });

  test("shows what a log says, and does not run it", () => {
    const evil = parseLog(
      "BUG: KASAN: x in f+0x1/0x2\nRead of size 8 at addr ffff888000000000 by task <img src=x onerror=1>/1\nCall Trace:\n f+0x1/0x2\n",
    );
    expect(explainHtml(evil.reports)).not.toContain("<img");
  });
});

test("SARIF keeps to its schema", () => {
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(sarifSchema);
  const inputs = readdirSync(DATA).map((name) => ({ file: `logs/${name}`, report: read(name) }));
  const log = JSON.parse(JSON.stringify(toSarif(inputs, "1.0.0")));
  expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  expect(log.runs[0].results).toHaveLength(inputs.length);
  expect(log.runs[0].results[0].partialFingerprints["kasan/v1"]).toMatch(/^[0-9a-f]{16}$/);
});
