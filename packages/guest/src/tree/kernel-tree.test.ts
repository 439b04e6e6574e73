import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isBefore, KernelTree, releaseOf } from "./kernel-tree.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kasan-tree-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a source with that Makefile. */
function source(makefile: string): void {
  const files = {
    Makefile: makefile,
    "include/linux/kconfig.h": "",
    "include/linux/module.h": "",
    "include/asm-generic/Kbuild": "",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

it.each([
  ["VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -rc2 # comment\n", "6.12.3-rc2"],
  ["VERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 0\nEXTRAVERSION =\nNAME = x\n", "5.10.0"],
])("the version is that of the Makefile: %j", (makefile, release) => {
  source(makefile);
  expect(releaseOf(KernelTree.open(folder).version)).toBe(release);
});

it.each([
  ["VERSION = 5\nPATCHLEVEL = 9\n", "Linux 5.9.0; sources before 5.10 do not work"],
  ["VERSION = 4\nPATCHLEVEL = 19\nSUBLEVEL = 300\n", "Linux 4.19.300; sources before 5.10 do not work"],
  ["PATCHLEVEL = 19\n", "it sets no VERSION and PATCHLEVEL"],
  ["all:\n\tcc x.c\n", "it sets no VERSION and PATCHLEVEL"],
])("others are refused: %j", (makefile, message) => {
  source(makefile);
  expect(() => KernelTree.open(folder)).toThrow(message);
});

it("a version that was not tried is used, with a warning", () => {
  const warningOf = (makefile: string) => {
    source(makefile);
    return KernelTree.open(folder).versionWarning();
  };
  expect(warningOf("VERSION = 9\nPATCHLEVEL = 0\n")).toBe(
    `${folder}: Linux 9.0.0; 5.10 to 7.3 were tried, no newer one`,
  );
  expect(warningOf("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 5\n")).toBeUndefined();
});

it("a folder that is no source is, one that lacks files, and a file", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => KernelTree.open(join(folder, "file"))).toThrow("file: a file, not the folder of a kernel's source");
  expect(() => KernelTree.open(folder)).toThrow("not a kernel's source");
  source("VERSION = 6\nPATCHLEVEL = 12\n");
  rmSync(join(folder, "include/linux/module.h"));
  expect(() => KernelTree.open(folder)).toThrow("an incomplete kernel's source; it has no include/linux/module.h");
});

it("versions are ordered by both of their numbers", () => {
  const version = { version: 6, patchLevel: 1, subLevel: 9, extra: "" };
  expect(
    [
      [5, 19],
      [6, 1],
      [6, 2],
      [7, 0],
    ].map((other) => isBefore(version, other as [number, number])),
  ).toEqual([...[false, false, true, true]]);
});
