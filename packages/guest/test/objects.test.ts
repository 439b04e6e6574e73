import { expect, test } from "vitest";
import { CODE_ARGUMENTS } from "../src/compile/options.ts";
import { runTool } from "../src/compile/tool.ts";
import { runFiles, withFiles } from "./harness.ts";

/** What a build system of one's own leaves: an object of wasm64. */
async function object(code: string): Promise<Uint8Array> {
  const command = ["clang", ...CODE_ARGUMENTS, "-O1", "-c", "a.c", "-o", "-"];
  const { output, errors } = await runTool(command, { "a.c": new TextEncoder().encode(code) });
  expect(errors).toBe("");
  return output;
}

test("objects are linked, and run", async () => {
  const files = {
    "main.o": await object("int helper(int); int go(void) { return helper(20); }"),
    "part.o": await object("int helper(int x) { return x + 1; }"),
  };
  await withFiles(files, async (paths) => {
    expect(await runFiles(paths, { call: "go" })).toMatchObject({ result: 21, reports: [] });
    await expect(runFiles([paths[1]!, paths[1]!], { call: "go" })).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      details: expect.stringContaining("duplicate symbol"),
    });
  });
  await withFiles({ "main.o": files["main.o"], "no.o": "no object" }, async (paths) => {
    await expect(runFiles(paths, { call: "go" })).rejects.toMatchObject({ code: "COMPILE_FAILED" });
  });
});
