import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/index.ts";
import { kasan, run, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
const home = join(folder, "ring");
const at = (name: string) => join(home, name);
afterAll(remove);

beforeAll(async () => {
  const { code, out } = await kasan("init", home);
  expect(code).toBe(0);
  const written = out.trimEnd().split("\n");
  expect(written).toHaveLength(5);
  for (const path of written) expect(existsSync(path)).toBe(true);
});

test("the module has a bug that its test finds; without it the test passes", async () => {
  const bad = await run(at("ring.c"), at("ring_test.c"));
  expect(bad.code).toBe(1);
  expect(bad.out).toContain("BUG: KASAN: slab-out-of-bounds in ring_put");
  expect(bad.out).toContain("not ok 2 ring_goes_round");
  const source = readFileSync(at("ring.c"), "utf8");
  const corrected = source.replace("[ring->first + ring->used]", "[(ring->first + ring->used) % ring->size]");
  expect(corrected).not.toBe(source);
  const good = await run(file("ring.c", corrected), at("ring_test.c"), "-I", home);
  expect(good).toMatchObject({ code: 0, out: expect.stringContaining("ok 1 ring") });
});

test("what comes next is a command for a shell, also of a folder with blanks", async () => {
  const { err } = await kasan("init", join(folder, "it's here"));
  expect(err).toBe(`kasan: next: cd '${folder}/it'\\''s here' && npm install && npm test\n`);
});

test("npm test runs it", () => {
  const { scripts, devDependencies } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  expect(scripts.test).toBe("kasan run ring.c ring_test.c");
  expect(Object.keys(devDependencies)).toEqual(["@kasan/cli"]);
});

test("nothing is overwritten, and nothing written beside what is there", async () => {
  const other = join(folder, "other");
  await kasan("init", other);
  const before = readdirSync(other);
  writeFileSync(join(other, "ring.c"), "mine");
  const { code, err } = await kasan("init", other);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/overwrites nothing\n$/) });
  expect(readFileSync(join(other, "ring.c"), "utf8")).toBe("mine");
  expect(readdirSync(other)).toEqual(before);
});

test("file names are hyperlinks on a terminal that has them", async () => {
  const out: string[] = [];
  const own = join(folder, "linked");
  const streams = { out: (text: string) => void out.push(text), err: () => {}, isTerminal: false, outIsTerminal: true };
  process.env.FORCE_HYPERLINK = "1";
  try {
    await main(["init", own], streams);
  } finally {
    delete process.env.FORCE_HYPERLINK;
  }
  expect(out.join("")).toContain(`\x1b]8;;file://${own}/ring.c\x1b\\${own}/ring.c\x1b]8;;\x1b\\`);
});
