import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explainMarkdown, parseLog } from "../index.ts";

const read = (name: string) => parseLog(readFileSync(new URL(`../../test/hunt/${name}`, import.meta.url))).reports;

test("a report is cleaned, and its explanation folded", () => {
  const text = explainMarkdown(read("28-cri-prefix.txt"));
  expect(text).toMatch(/^### KASAN: slab-use-after-free Read in gizmo\\_read\n\ngizmo\\_read/);
  expect(text).toContain("```text\n====");
  expect(text).toContain("\nBUG: KASAN: slab-use-after-free in gizmo_read+0x4c/0x90 [gizmo]\nRead of size 8 at addr");
  expect(text).not.toContain("stdout F");
  expect(text).toMatch(/<details>\n<summary>What it means<\/summary>\n\n```text\nKASAN: [\s\S]*```\n\n<\/details>\n$/);
});

test("lines of others are left out, sources are shown, and no text ends a block", () => {
  const log = readFileSync(new URL("../../test/hunt/05-first-line-bare.txt", import.meta.url), "utf8").replace(
    "Comm: reader",
    "Comm: a```b",
  );
  const [report] = parseLog(log).reports;
  const callTrace = report!.callTrace.map((frame) => ({ ...frame, file: "drivers/gizmo.c", line: 7 }));
  const text = explainMarkdown([{ ...report!, callTrace }]);
  expect(text).toContain(" gizmo_read+0x4c/0x90 [gizmo] (drivers/gizmo.c:7)\n");
  expect(text).toContain("````text\n");
});
