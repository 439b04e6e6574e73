import { describe, expect, it } from "vitest";
import type { GuestError } from "../error.ts";
import { refuseMissing, refuseMode } from "./build.ts";

const lack = (name: string, files: string[], why: string) => ({
  name,
  kind: "function" as const,
  neededBy: "a.c",
  files,
  why,
});

describe("a program that must lack nothing", () => {
  it("is refused with what it lacks, who needs it, and where it is", () => {
    const missing = [
      lack("one", ["mm/slub.c"], "mm/slub.c is replaced by the machine"),
      ...["two", "three", "four"].map((name) => lack(name, [], "no file that can be compiled in defines it")),
    ];
    let error: GuestError | undefined;
    try {
      refuseMissing(missing);
    } catch (thrown) {
      error = thrown as GuestError;
    }
    expect(error).toMatchObject({ code: "UNRESOLVED", message: "nothing provides one, two, three and 1 more" });
    expect(error?.details.split("\n").slice(0, 2)).toEqual([
      "  function one, needed by a.c, defined in mm/slub.c: mm/slub.c is replaced by the machine",
      "  function two, needed by a.c: no file that can be compiled in defines it",
    ]);
  });

  it("runs if it lacks nothing", () => {
    expect(() => refuseMissing([])).not.toThrow();
  });
});

it("a mode is refused if the source's version does not have it", () => {
  const source = (patchLevel: number) => ({
    folder: "linux",
    version: { version: 5, patchLevel, subLevel: 3, extra: "" },
  });
  expect(() => refuseMode(source(10), "hw_tags")).toThrow(
    "linux: Linux 5.10.3 has no KASAN mode hw_tags, which came with 5.11",
  );
  expect(() => refuseMode(source(11), "hw_tags")).not.toThrow();
  expect(() => refuseMode(source(10), "sw_tags")).not.toThrow();
});
