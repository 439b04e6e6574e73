import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { manPages } from "../src/man-pages.ts";
import { kasan } from "./harness.ts";

const pages = await manPages();
const commandOf = (name: string) => name.replace(/^kasan-?|\.1$/g, "").replace("bench-", "bench ");

test("there is a page for the command, and for each that help lists", async () => {
  const { out } = await kasan("--help");
  const listed = [...out.matchAll(/^ {2}([a-z][\w-]*)(?: |$)/gm)].map(([, name]) => name);
  const known = listed.filter((name) => name !== "help" && name !== "complete");
  expect(known.length).toBeGreaterThan(10);
  for (const name of ["kasan", ...known.map((one) => `kasan-${one}`)]) expect(pages.has(`${name}.1`)).toBe(true);
});

test.each([...pages.keys()])("%s has all options of the help, its examples, and no requests but ours", async (name) => {
  const text = pages.get(name)!;
  const { out } = await kasan(...commandOf(name).split(" ").filter(Boolean), "--help");
  for (const [flag] of out.matchAll(/--[a-z][\w-]+(?=[ ,[<].*)/g)) expect(text.replaceAll("\\-", "-")).toContain(flag);
  for (const [request] of text.matchAll(/^\.\S*/gm))
    expect([".TH", ".SH", ".TP", ".B", ".PP", ".nf", ".fi"]).toContain(request);
});

test.skipIf(spawnSync("groff", ["--version"]).error)("groff has nothing to say of them (skipped without groff)", () => {
  for (const text of pages.values()) {
    const flags = ["-K", "utf8", "-man", "-Tutf8", "-ww", "-z"];
    const { stderr, status } = spawnSync("groff", flags, { input: text, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }
});
