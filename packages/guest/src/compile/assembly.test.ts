import { describe, expect, test } from "vitest";
import { assemblyErrors, describeAssembly } from "./assembly.ts";
import { runTool } from "./tool.ts";

const TARGET = ["clang", "--target=wasm64-unknown-unknown", "-std=gnu11", "-O2", "-nostdinc", "-c"];

async function errorsIn(source: string, header = "") {
  const { errors } = await runTool([...TARGET, "a.c", "-o", "-"], {
    "a.c": new TextEncoder().encode(source),
    "a.h": new TextEncoder().encode(header),
  });
  const texts: Record<string, string> = { "a.c": source, "a.h": header };
  return assemblyErrors(errors, "a.c", (file) => texts[file.replace("./", "")] ?? "");
}

const place = (line: number, name: string | undefined, file = "a.c") => ({ file, line, function: name });

describe("the assembly of a processor", () => {
  test.each([
    ["registers", `unsigned f(void)\n{\n  unsigned a;\n  asm("rdtsc" : "=a"(a));\n  return a;\n}`, [place(4, "f")]],
    ["x86's instructions", `int f(int x) { asm("movl $1, %0" : "+r"(x)); return x; }`, [place(1, "f")]],
    ["several lines of it", `void f(void)\n{\n  asm volatile("mov x0, #1\\n\\tmsr daifset, #2");\n}`, [place(3, "f")]],
    ["a memory operand", `void f(int *p)\n{\n  __asm__ volatile("lock; incl %0" : "+m"(*p));\n}`, [place(3, "f")]],
    ["outside of functions", `int f(void) { return 1; }\n\nasm(".globl g\\ng: ret");`, [place(3, undefined)]],
    [
      "two functions",
      `// {\n#define NOTHING {\nstatic int table[] = { 1, 2 };\nint __attribute__((noinline)) f(int (*g)(int))\n{\n  if (g) { asm("cli"); }
  return table[0];\n}\nstruct s { int x; };\nint h(struct s *s, char c) {\n  asm("sti"); return c == '}'; }`,
      [place(6, "f"), place(11, "h")],
    ],
  ])("%s", async (_what, source, expected) => {
    expect(await errorsIn(source)).toEqual(expected);
  });

  test("in a header", async () => {
    const header = `\nstatic inline void pause(void)\n{\n  asm("rep; nop");\n}\n`;
    expect(await errorsIn(`#include "a.h"\nvoid f(void) { pause(); }`, header)).toEqual([place(4, "pause", "./a.h")]);
  });

  test("is not what other errors are about, nor empty assembly", async () => {
    expect(await errorsIn(`int f(int x) { asm volatile("" : "+r"(x)); return y; }`)).toEqual([]);
    expect(await errorsIn(`#include <asm/nmi.h>`)).toEqual([]);
  });
});

test("the message says where it is and what to do", () => {
  const text = describeAssembly([place(4, "f"), place(9, undefined)]);
  expect(text).toMatch(/^assembly in f\(\) at a\.c:4, at a\.c:9: guests are compiled to WebAssembly/);
  expect(text).toContain("write it in C, for example under #ifdef __wasm__");
  expect(describeAssembly(Array.from({ length: 7 }, (_, i) => place(i + 1, "f")))).toContain("a.c:5 and 2 more:");
});
