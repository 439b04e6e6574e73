import { describe, expect, it } from "vitest";
import { Makefile } from "./makefile.ts";

const config = new Map([
  ["ON", "y"],
  ["MODULE", "m"],
  ["TEXT", '"words"'],
]);
const read = (text: string) => new Makefile(text, config, { src: "/linux/lib" });

describe("a Makefile's variables", () => {
  it("are set, extended and replaced", () => {
    const makefile = read("a := one\na += two \\\n  three\nb = $(a) four\na := last\nc ?= first\nc ?= second\n");
    expect(makefile.words("a")).toEqual(["last"]);
    expect(makefile.words("b")).toEqual(["last", "four"]);
    expect(makefile.words("c")).toEqual(["first"]);
  });

  it("depend on options, in names and in conditions", () => {
    const makefile = read(
      "ccflags-$(CONFIG_ON) := -DON\nccflags-$(CONFIG_OFF) := -DOFF\nifdef CONFIG_MODULE\nx := 1\nelse\nx := 2\nendif\n" +
        "ifeq ($(CONFIG_ON)$(CONFIG_MODULE),ym)\ny := both\nelse ifeq ($(CONFIG_ON),y)\ny := one\nelse\ny := none\nendif\n" +
        "ifneq ($(CONFIG_ON),y)\nz := no\nendif\n",
    );
    expect(makefile.words("ccflags-y")).toEqual(["-DON"]);
    expect(makefile.words("x")).toEqual(["1"]);
    expect(makefile.words("y")).toEqual(["both"]);
    expect(makefile.words("z")).toEqual([]);
  });

  it("do not have what make's functions would give, comments and recipes", () => {
    const makefile = read("a := -I$(src) $(call cc-option, -fx) -DY # no\n\tb := recipe\nc := $(shell echo no)\n");
    expect(makefile.words("a")).toEqual(["-I/linux/lib", "-DY"]);
    expect(makefile.words("b")).toEqual([]);
    expect(makefile.words("c")).toEqual([]);
  });

  it("that name themselves end", () => {
    expect(read("a = $(b) x\nb = $(a) y\n").words("a")).toContain("x");
  });
});
