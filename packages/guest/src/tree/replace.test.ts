import { describe, expect, it } from "vitest";
import { checkReplacement, definitionsOf, Replacements } from "./replace.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FAST = `#include <a.h>
int fast(int a);

/* fast() adds. */
static __always_inline int
fast(int a, int (*f)(int))
	__must_hold(x)
{
#ifdef A
	if (a) {
#else
	if (f) {
#endif
		asm("}");
	}
	return 0;
}
int call(void) { return fast(1); }
`;

describe("a function that is replaced", () => {
  it("is found by its definition, however it is written", () => {
    const found = (text: string) => definitionsOf(text, "fast").map(({ start, end }) => text.slice(start, end));
    const written = [
      "int fast(void) { return 0; }",
      "static inline struct x *fast(struct x *x)\n{\n\tif (x) {\n\t}\n\treturn x;\n}",
      "__attribute__((noinline)) void fast(void)\n{\n}",
      "void __init __no_sanitize fast(int a,\n\t\tint b) {\n\tb();\n}",
    ];
    for (const one of written) expect(found(`int x;\n${one}\nint y;\n`)).toEqual([one]);
    for (const other of [
      "int fast(void);\n",
      "\treturn fast(1) ? 1 : 2;\n",
      "int faster(void) { fast(); }\n",
      "fast(\n",
    ]) {
      expect(found(other)).toEqual([]);
    }
  });

  it("gives way to the file that has it, and other lines keep their numbers", () => {
    const replacements = new Replacements([["fast", "/user/fast.c"]]);
    const text = decoder.decode(replacements.apply("/linux/a.c", encoder.encode(FAST)));
    expect(text).toContain('\n#include "/user/fast.c"\n');
    expect(text).not.toContain("asm");
    const lineOf = (all: string) => all.split("\n").indexOf("int call(void) { return fast(1); }");
    expect(lineOf(text)).toBe(lineOf(FAST));
    expect(replacements.unused()).toEqual([]);
  });

  it("stays in the file that replaces it, and is told if no file has it", () => {
    const replacements = new Replacements([["fast", "/user/fast.c"]]);
    const bytes = encoder.encode(FAST);
    expect(replacements.apply("/user/fast.c", bytes)).toBe(bytes);
    expect(replacements.apply("/linux/b.c", encoder.encode("int fast(void);\n"))).toEqual(
      encoder.encode("int fast(void);\n"),
    );
    expect(replacements.unused()).toEqual(["fast"]);
  });

  it("needs a definition to take its place", () => {
    expect(() => checkReplacement(["fast", "x.c"], FAST)).not.toThrow();
    expect(() => checkReplacement(["slow", "x.c"], FAST)).toThrow(
      /^x.c: does not define slow, which it is to replace$/,
    );
    expect(() => checkReplacement(["a(b", "x.c"], FAST)).toThrow(/^a\(b: not the name of a function$/);
  });
});
