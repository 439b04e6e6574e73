import { describe, expect, test } from "vitest";
import { completeChoice, member, type Platform, type PlatformPlugin, Platforms } from "./index.ts";

const bare = { name: "toy, 2 levels" } as Platform;

const plugin = (name: string): PlatformPlugin => ({
  name,
  title: name.toUpperCase(),
  options: [
    { name: "levels", placeholder: "n", about: "levels", values: ["2", "3"], default: "2" },
    { name: "bits", placeholder: "n", about: "bits", values: { least: 30, most: 32 }, default: "32" },
  ],
  modes: ["generic"],
  create: ({ levels, bits }) => ({ ...bare, name: `${name}, ${levels} levels, ${bits} bits` }),
});

const platforms = new Platforms([plugin("toy"), plugin("game")]);

describe("a registry", () => {
  test("completes a choice with defaults", () => {
    expect(platforms.create("toy").name).toBe("toy, 2 levels, 32 bits");
    expect(platforms.create("game", { levels: "3" }).name).toBe("game, 3 levels, 32 bits");
  });

  test.each([
    ["vax", {}, "PLATFORM_NAME", "no architecture is called vax; there are toy, game"],
    ["toy", { depth: "2" }, "PLATFORM_OPTION", "TOY has no option depth; it has levels, bits"],
    ["toy", { levels: "4" }, "PLATFORM_OPTION", "levels of TOY is 2 or 3, not 4"],
    ["toy", { bits: "29" }, "PLATFORM_OPTION", "bits of TOY is 30 to 32, not 29"],
    ["toy", { bits: "31.5" }, "PLATFORM_OPTION", "bits of TOY is 30 to 32, not 31.5"],
    ["toy", { bits: "-31" }, "PLATFORM_OPTION", "bits of TOY is 30 to 32, not -31"],
  ] as const)("refuses %s %j", (name, choice, code, message) => {
    expect(() => platforms.create(name, choice)).toThrow(expect.objectContaining({ code, message }));
  });

  test.each(["30", "32", "032"])("takes both ends of a range, in decimal: %s", (bits) => {
    expect(platforms.create("toy", { bits }).name).toBe(`toy, 2 levels, ${bits} bits`);
  });

  test.each(["", " 31", "0x1f", "3e1", "31\n", "9".repeat(16)])("refuses %j as a number", (bits) => {
    expect(() => platforms.create("toy", { bits })).toThrow(expect.objectContaining({ code: "PLATFORM_OPTION" }));
  });

  test("refuses names that every object has", () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect(() => platforms.get(name)).toThrow(expect.objectContaining({ code: "PLATFORM_NAME" }));
      const choice = Object.fromEntries([[name, "2"]]);
      expect(() => platforms.create("toy", choice)).toThrow(expect.objectContaining({ code: "PLATFORM_OPTION" }));
    }
  });

  test("completes an option that is named as a member of every object with its default", () => {
    const option = { name: "constructor", placeholder: "n", about: "x", values: ["a", "b"], default: "b" };
    const odd = { ...plugin("odd"), options: [option] };
    expect(completeChoice(odd, {})).toEqual({ constructor: "b" });
    expect(completeChoice(odd, { constructor: "a" })).toEqual({ constructor: "a" });
  });

  test("says so of an architecture without options", () => {
    const plain = { ...plugin("plain"), options: [] };
    expect(completeChoice(plain, {})).toEqual({});
    expect(() => completeChoice(plain, { levels: "2" })).toThrow("PLAIN has no option levels; it has no options");
  });

  test("leaves the choice that it is given as it is", () => {
    const choice = Object.freeze({ levels: "3" });
    expect(completeChoice(plugin("toy"), choice)).toEqual({ levels: "3", bits: "32" });
  });

  test("takes more, but no name twice", () => {
    expect(platforms.with([plugin("chess")]).names).toEqual(["toy", "game", "chess"]);
    expect(() => platforms.with([plugin("toy")])).toThrow(expect.objectContaining({ code: "PLATFORM_NAME" }));
  });
});

test("a member that is absent is named, with what it is needed for", () => {
  expect(() => member(bare, "words", "print an oops")).toThrow(
    expect.objectContaining({
      code: "PLATFORM_MEMBER",
      message:
        "toy, 2 levels does not say its words, which is needed to print an oops; add Platform.words to its plugin",
    }),
  );
  expect(member({ ...bare, division: "ones" }, "division", "run a guest")).toBe("ones");
});
