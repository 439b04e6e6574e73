import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kasan, publishedSchema } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
/** Its crash stack is deeper than what a fingerprint takes of it. */
const OOB = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8").replace(
  "kthread+",
  "one+0x1/0x2\n two+0x1/0x2\n three+0x1/0x2\n kthread+",
);
const UAF = readFileSync(new URL("slab-use-after-free-irq.txt", DATA), "utf8");
/** The same bug again: at another address. */
const again = (text: string, digits: string) => text.replaceAll("ffff888000", `ffff888${digits}`);
/** The same, by another way below the functions of the fingerprint. */
const byAnotherWay = (text: string) => text.replace(" three+", " another_way+");
/** The same, allocated elsewhere: another fingerprint. */
const allocatedElsewhere = (text: string) => text.replace(/(Allocated by.*?)kunit_try_run_case/s, "$1elsewhere");

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kasan-decisions-"));
  out = join(folder, "out");
  mkdirSync(join(folder, "logs"));
  log("a", OOB);
  log("b", again(OOB, "111"));
  log("c", again(OOB, "222"));
  log("d", UAF);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = (name: string, text: string) => writeFileSync(join(folder, "logs", `${name}.log`), text);
const triage = (...args: string[]) => kasan("triage", "-o", out, ...args);
const read = () => triage(join(folder, "logs"));

interface Bug {
  name: string;
  fingerprint: string;
  why: string;
  page: string;
  members: { id: string; file: string; joined?: { rule: string; to: { id: string; file: string }; how: string } }[];
}
const bugs = () => (JSON.parse(readFileSync(join(out, "index.json"), "utf8")) as { groups: Bug[] }).groups;
/** A file of the index, without what markup adds to text. */
const text = (file: string) => readFileSync(join(out, file), "utf8").replaceAll("&lt;", "<");
/** The logs of each bug: `abc d`. */
const shape = () =>
  bugs()
    .map(({ members }) => members.map(({ file }) => file.at(-5)).join(""))
    .sort()
    .join(" ");
const nameOf = (one: string) =>
  bugs().find(({ members }) => members.some(({ file }) => file.endsWith(`${one}.log`)))!.name;
const at = (one: string) => `logs/${one}.log:2`;

describe("why", () => {
  test("each bug says why its reports are one, and each report how it came to it, in all forms", async () => {
    await read();
    const validate = new Ajv({ strict: true }).compile(publishedSchema("triage"));
    expect(validate(JSON.parse(text("index.json"))), JSON.stringify(validate.errors)).toBe(true);
    const [oob] = bugs();
    const [a, b] = oob!.members;
    expect(oob!.why).toContain("3 reports are one bug: beside the first, 2 by stacks of access, allocation and free");
    expect(a!.joined).toBeUndefined();
    expect(b!.joined).toMatchObject({ rule: "same-places", to: { id: a!.id, file: a!.file } });
    for (const file of ["index.txt", "index.html", oob!.page]) expect(text(file)).toContain(oob!.why);
    for (const file of ["index.txt", "index.csv", oob!.page]) {
      expect(text(file)).toContain(b!.joined!.how);
    }
  });
});

describe("decisions", () => {
  test("bugs that were merged stay merged, with new reports like them", async () => {
    await read();
    expect(shape()).toBe("abc d");
    expect((await triage("--merge", `${nameOf("a")},${nameOf("d").slice(0, 6)}`)).err).toContain("4 reports of 1 bug");
    log("e", again(UAF, "333"));
    await read();
    expect(shape()).toBe("abcde");
    expect(bugs()[0]!.members.map(({ joined }) => joined?.rule)).toContain("decision");
    const validate = new Ajv({ strict: true }).compile(publishedSchema("decisions"));
    expect(validate(JSON.parse(readFileSync(join(out, "decisions.json"), "utf8")))).toBe(true);
  });

  test("a report that was split off stays apart, with new reports that are more like it", async () => {
    log("b", byAnotherWay(again(OOB, "111")));
    await read();
    expect(shape()).toBe("abc d");
    await triage("--split", at("b"));
    expect(shape()).toBe("ac b d");
    expect(new Set(bugs().map(({ fingerprint }) => fingerprint)).size).toBe(2);
    log("e", byAnotherWay(again(OOB, "333")));
    log("f", again(OOB, "444"));
    await read();
    expect(shape()).toBe("acf be d");
    expect(bugs()[0]!.why).toContain(`Rules would put it to bug ${nameOf("b")}: decision 1 keeps them apart.`);
    // The page explains a report of the bug, not of the other.
    expect(readFileSync(join(out, bugs()[1]!.page), "utf8")).toContain("another_way");
    expect(readFileSync(join(out, bugs()[0]!.page), "utf8")).not.toContain("another_way");
  });

  test("all reports with the fingerprint of one that was split off go with it", async () => {
    log("b", allocatedElsewhere(again(OOB, "111")));
    await read();
    await triage("--split", `${nameOf("a")},${at("b")}`);
    expect(shape()).toBe("ac b d");
    log("e", allocatedElsewhere(again(OOB, "333")));
    await read();
    expect(shape()).toBe("ac be d");
  });

  test("a report that was split off leaves all of its bug, whatever else is there", async () => {
    log("b", allocatedElsewhere(again(OOB, "111")));
    // Like both, and with a fingerprint of its own.
    log("c", again(OOB, "222").replace(/Allocated by.*?\n\n/s, ""));
    await read();
    expect(shape()).toBe("abc d");
    await triage("--split", at("b"));
    expect(shape()).toBe("ac b d");
    await triage("--undo", "1");
    await triage("--split", at("c"));
    expect(shape()).toBe("ab c d");
  });

  test("they hold after the database is gone, in another folder too", async () => {
    await read();
    await triage("--split", at("b"));
    rmSync(join(out, "triage.db"));
    await read();
    expect(shape()).toBe("ac b d");
    const other = join(folder, "other");
    const decisions = ["--decisions", join(out, "decisions.json")];
    expect((await kasan("triage", join(folder, "logs"), "-o", other, ...decisions)).err).toContain("of 3 bugs");
    expect(existsSync(join(other, "decisions.json"))).toBe(false);
  });

  test("they hold for new logs where the reports that they name are not", async () => {
    log("b", byAnotherWay(again(OOB, "111")));
    await read();
    await triage("--split", at("b"));
    rmSync(join(folder, "logs"), { recursive: true });
    mkdirSync(join(folder, "logs"));
    log("e", byAnotherWay(again(OOB, "333")));
    log("f", again(OOB, "444"));
    const decisions = ["--decisions", join(out, "decisions.json")];
    out = join(folder, "other");
    expect((await triage(join(folder, "logs"), ...decisions)).err).toMatch(
      /^kasan: 2 logs read, 2 reports of 2 bugs.*\n$/,
    );
    expect(shape()).toBe("e f");
  });

  test("are listed, and taken back", async () => {
    await read();
    expect(await triage("--list-decisions")).toMatchObject({ code: 0, out: "No decisions.\n" });
    await triage("--merge", `${nameOf("a")},${nameOf("d")}`);
    await triage("--split", at("b"));
    expect(shape()).toBe("acd b");
    const { out: list } = await triage("--list-decisions");
    expect(list).toMatch(/^1 {2}merge\n.*\n.*\n2 {2}split\n/);
    expect(list).toContain(at("b"));
    await triage("--undo", "1");
    expect(shape()).toBe("ac b d");
    await triage("--undo", "2");
    expect(shape()).toBe("abc d");
    expect((await triage("--undo", "2")).err).toContain("there is no decision 2 to undo");
  });

  test.each<[string, () => string[], RegExp]>([
    ["a name of nothing", () => ["--merge", `${nameOf("a")},abcdef`], /abcdef is no bug and no report/],
    ["a line of nothing", () => ["--split", "logs/a.log:3"], /logs\/a.log:3 is no bug and no report/],
    ["one name to merge", () => ["--merge", nameOf("a")], /name two or more/],
    ["a whole bug to split off", () => ["--split", nameOf("a")], /is a whole bug/],
    ["the only report of a bug", () => ["--split", at("d")], /is the only report of its bug/],
    ["one report twice", () => ["--merge", `${at("a")},${nameOf("a")}`], /two of the names are the same report/],
    ["an empty name", () => ["--merge", `${at("a")},`], /is no bug and no report/],
  ])("%s is refused, and changes nothing", async (_name, args, message) => {
    await read();
    const before = readFileSync(join(out, "index.json"), "utf8");
    const { code, err } = await triage(...args());
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim()).not.toContain("\n");
    expect(existsSync(join(out, "decisions.json"))).toBe(false);
    expect(readFileSync(join(out, "index.json"), "utf8")).toBe(before);
  });

  test("a name of more than one report is refused", async () => {
    mkdirSync(join(folder, "more", "logs"), { recursive: true });
    writeFileSync(join(folder, "more", "logs", "a.log"), UAF);
    await triage(join(folder, "logs"), join(folder, "more"));
    expect((await triage("--split", at("a"))).err).toContain("can be more than one; name one by its hash");
  });

  test("a beginning of more than one name is refused", async () => {
    const some = Array.from({ length: 1500 }, (_, i) => again(OOB, "333").replace(/task \S+\/\d+/, `task t/${i}`));
    log("e", some.join(""));
    await read();
    const ids = bugs().flatMap(({ members }) => members.map(({ id }) => id));
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(id.slice(0, 4), (counts.get(id.slice(0, 4)) ?? 0) + 1);
    const start = [...counts].find(([, count]) => count > 1)![0];
    expect((await triage("--split", start)).err).toContain(
      `${start} can be more than one; name one by its hash: ${start}`,
    );
  });

  test("copies of a report cannot be split", async () => {
    log("b", OOB);
    log("c", OOB);
    await read();
    expect((await triage("--split", at("b"))).err).toContain("copies of one report: nothing tells them apart");
  });

  test("one that contradicts another is refused; in the file, it is named, and has no effect", async () => {
    await read();
    await triage("--split", `${at("a")},${at("b")}`);
    const { code, err } = await triage("--merge", `${at("b")},${at("a")}`);
    expect(code).toBe(2);
    expect(err).toContain("contradicts an earlier decision");
    expect(shape()).toBe("ac b d");
    const path = join(out, "decisions.json");
    const file = JSON.parse(readFileSync(path, "utf8"));
    file.decisions.push({ ...file.decisions[0], number: 2, kind: "merge" });
    writeFileSync(path, JSON.stringify(file));
    const ran = await read();
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/decision 2 \(merge \w+, \w+\) contradicts decisions before it, and has no effect\n/);
    expect(shape()).toBe("ac b d");
  });

  test("what they name and is not there any more is said", async () => {
    await read();
    await triage("--merge", `${nameOf("a")},${nameOf("d")}`);
    rmSync(join(out, "triage.db"));
    rmSync(join(folder, "logs", "d.log"));
    const { err } = await read();
    expect(err).toMatch(
      /decision 1 \(merge \w+, \w+\) names what is not there any more: \w+ \(KASAN: slab-use.*d\.log:2\)\n/,
    );
    expect(err).toMatch(/decision 1 \(merge \w+, \w+\) has no effect: fewer than two of its sides are there\n/);
  });

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /decisions cannot be read/],
    ["another version", '{"version": 2, "decisions": []}', /it has version 2, not 1/],
    ["another form", '{"version": 1, "decisions": [{"number": 1}]}', /\/decisions\/0 must have required property/],
    ["no object", "null", /the file must be object/],
  ])("a file with %s is refused before logs are read", async (_name, text, message) => {
    mkdirSync(out);
    writeFileSync(join(out, "decisions.json"), text);
    const { code, err } = await read();
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(existsSync(join(out, "triage.db"))).toBe(false);
    expect(readFileSync(join(out, "decisions.json"), "utf8")).toBe(text);
  });

  test("a file that cannot be written is said before logs are read", async () => {
    const { code, err } = await triage(
      join(folder, "logs"),
      "--split",
      at("b"),
      "--decisions",
      join(folder, "no", "d.json"),
    );
    expect(code).toBe(2);
    expect(err).toContain("there is no folder");
    expect(existsSync(join(out, "triage.db"))).toBe(false);
  });

  test("a file that is named and is not there is said", async () => {
    const { code, err } = await triage(join(folder, "logs"), "--decisions", join(folder, "no.json"));
    expect(code).toBe(2);
    expect(err).toContain("no.json: no such file");
  });

  test("without logs there is nothing to decide about", async () => {
    const { code, err } = await triage("--merge", "aaaa,bbbb");
    expect(code).toBe(2);
    expect(err).toContain("no logs are named, and none was read before");
  });
});

test("a bug keeps its name when most of its reports have another fingerprint", async () => {
  await read();
  const name = nameOf("a");
  for (const digit of "3456789") log(`e${digit}`, allocatedElsewhere(again(OOB, digit.repeat(3))));
  await read();
  expect(shape()).toMatch(/^abc\d+ d$/);
  expect(nameOf("a")).toBe(name);
  expect(bugs()[0]!.fingerprint).not.toBe(name);
  await triage("--merge", `${name},${nameOf("d")}`);
  expect(bugs()).toHaveLength(1);
});
