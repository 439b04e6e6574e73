import { describe, expect, it } from "vitest";
import { Makefile } from "./makefile.ts";

const config = new Map([
  ["ON", "y"],
  ["MODULE", "m"],
  ["TEXT", '"words"'],
]);
const read = (text: string) =>
  new Makefile(text, config, {
    variables: { src: "/linux/lib", PWD: "/linux/lib" },
    wildcard: (pattern) => (pattern === "*.c" ? ["a.c", "b.c"] : []),
  });

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
    const makefile = read(
      "a := -I$(src) $(call cc-option, -fx) -DY # no\nall:\n\n\tb := recipe\nc := $(shell echo no)\n",
    );
    expect(makefile.words("a")).toEqual(["-I/linux/lib", "-DY"]);
    expect(makefile.words("b")).toEqual([]);
    expect(makefile.words("c")).toEqual([]);
  });

  it("may be indented with tabs, exported, and compared in quotes", () => {
    const makefile = read(
      "\ta := 1\nexport b = 2\nifeq \"$(a)\" \"1\"\n\tc := one\nendif\nifneq ('$(a)', '2')\n\td := two\nendif\n",
    );
    expect(["a", "b", "c", "d"].map((name) => makefile.words(name))).toEqual([["1"], ["2"], ["one"], ["two"]]);
  });

  it("have what functions of make that change texts give", () => {
    const makefile = read(
      "SRCS := $(wildcard *.c)\na := $(SRCS:.c=.o)\nb := $(addprefix src/,$(patsubst %.c,%.o,$(notdir x/c.c d.c)))\n" +
        "c := $(filter-out a.o,$(a))\nd := $(if $(none),1,2) $(strip  x )\ne := -I$(shell pwd)/include\n" +
        "$(subst x,f,xoo)-$(if $(CONFIG_ON),y) := name\n",
    );
    expect(makefile.words("a")).toEqual(["a.o", "b.o"]);
    expect(makefile.words("b")).toEqual(["src/c.o", "src/d.o"]);
    expect(makefile.words("c")).toEqual(["b.o"]);
    expect(makefile.words("d")).toEqual(["2", "x"]);
    expect(makefile.words("e")).toEqual(["-I/linux/lib/include"]);
    expect(makefile.words("foo-y")).toEqual(["name"]);
  });

  it("are set for each of some words", () => {
    const makefile = read(
      "files = a.o b.o\n$(foreach file, $(files), \\\n\t$(eval CFLAGS_$(file) = -I $(src)/x))\nc := $(foreach x,1 2,$(x)$(foreach y,3 4,-$(y)))\n",
    );
    expect(makefile.words("CFLAGS_b.o")).toEqual(["-I", "/linux/lib/x"]);
    expect(makefile.words("c")).toEqual(["1-3", "-4", "2-3", "-4"]);
    expect(makefile.words("x")).toEqual([]);
  });

  it("are listed with the names that the text has", () => {
    const makefile = read("obj-$(CONFIG_ON) += a.o\nobj-$(CONFIG_OFF) += b.o c.o\nother := x\n");
    expect(makefile.assignments("obj-")).toEqual([
      { name: "obj-y", written: "obj-$(CONFIG_ON)", words: ["a.o"], unknown: [] },
      { name: "obj-", written: "obj-$(CONFIG_OFF)", words: ["b.o", "c.o"], unknown: [] },
    ]);
  });

  it("tell which functions are not known and would add to them", () => {
    const makefile = read(
      "A := $(shell ls)\nB = $(A:.c=.o) x.o\nobj-y := $(B)\nobj-m := a.o\nobj-m += $(call f,a b)\nA := y.c\nobj-z := $(A)\n",
    );
    expect(makefile.assignments("obj-").map(({ unknown }) => unknown)).toEqual([["shell"], [], ["call"], []]);
  });

  it("that name themselves end", () => {
    expect(read("a = $(b) x\nb = $(a) y\n").words("a")).toContain("x");
    for (const text of [
      "a = $(foreach x,1,$(a)) x\n",
      "a = $(eval $(a))x\n",
      "a = x\n$(eval a = $(a)$(eval $(a)))\n",
      `a = ${"$(b)".repeat(200)}x\nb = ${"$(c)".repeat(200)}\nc = ${"$(a)".repeat(200)}\n`,
      `a = ${"$(foreach y,1 2 3 4 5 6 7 8 9,".repeat(30)}$(y)${")".repeat(30)} x\n`,
      "a = $(foreach x,1,$(foreach x\n",
    ]) {
      expect(() => read(text).words("a")).not.toThrow();
    }
  });
});
