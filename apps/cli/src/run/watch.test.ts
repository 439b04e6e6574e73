import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { changeOf } from "./watch.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-watch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a change of a source or a header ends the wait, one of another file does not", async () => {
  let changed = false;
  const change = changeOf([join(folder, "a.c")], []).then(() => {
    changed = true;
  });
  writeFileSync(join(folder, "notes.txt"), "x");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(changed).toBe(false);
  writeFileSync(join(folder, "a.h"), "x");
  await change;
  expect(changed).toBe(true);
});

test("a folder that is not there cannot be watched", async () => {
  await expect(changeOf([join(folder, "none", "a.c")], [])).rejects.toMatchObject({ code: "INPUT_MISSING" });
});
