import { describe, expect, test } from "vitest";
import { COMPUTED_GOTO, withoutComputedGotos } from "./computed-goto.ts";
import { runTool } from "./tool.ts";

const INTERPRETER = `# 1 "a.c"
int plain(int a, int b) { return a &&b && a; }
int run(const unsigned char *code)
{
  static const void *const table[256] = { [0 ... 255] = &&bad, [1] = &&add, [2] = && twice, [3] = &&end };
  int sum = 0;
next:
  goto *table[*code++];
add:
  sum += *code++ && "goto *x; &&add" [0];
  goto next;
twice: sum *= 2; goto next;
bad: return -1;
end: return sum;
}
`;

describe("computed gotos", () => {
  test("become switches over the labels' numbers, on the same lines", () => {
    const text = withoutComputedGotos(INTERPRETER);
    const lines = text.split("\n");
    expect(lines).toHaveLength(INTERPRETER.split("\n").length);
    expect(lines[1]).toBe("int plain(int a, int b) { return a &&b && a; }");
    expect(lines[4]).toContain(
      "[0 ... 255] = ((void *)1UL), [1] = ((void *)2UL), [2] = ((void *)3UL), [3] = ((void *)4UL)",
    );
    expect(lines[7]).toBe(
      "  switch ((unsigned long)(table[*code++])) { case 1: goto bad; case 2: goto add; case 3: goto twice; case 4: goto end; default: __builtin_unreachable(); }",
    );
    expect(lines[9]).toBe('  sum += *code++ && "goto *x; &&add" [0];');
  });

  test("are what WebAssembly refuses, and their switches are not", async () => {
    const compile = (source: string) =>
      runTool(
        ["clang", "--target=wasm64-unknown-unknown", "-std=gnu11", "-O2", "-w", "-xcpp-output", "-c", "a.i", "-o", "-"],
        { "a.i": new TextEncoder().encode(source) },
      );
    // A compiler that sees all jumps and addresses makes a switch itself; here it does not.
    const program =
      "void *saved;\nint f(int x) { saved = x ? &&one : &&two; goto *saved; one: return 1; two: return 2; }\n";
    expect((await compile(program)).errors).toMatch(COMPUTED_GOTO);
    for (const text of [program, INTERPRETER]) {
      expect(await compile(withoutComputedGotos(text))).toMatchObject({ errors: "", files: expect.anything() });
    }
  });
});
