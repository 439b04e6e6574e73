import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openImage, writeCore } from "@kasan/image";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { x86Machine } from "../../../scripts/memory-image.ts";
import { main } from "../src/index.ts";
import { shellCommands } from "../src/shell/commands.ts";
import { Completer } from "../src/shell/completion.ts";
import { Expressions } from "../src/shell/expressions.ts";
import { readHistory, writeHistory } from "../src/shell/history.ts";
import { namesFor } from "../src/shell/names.ts";
import { kasan, type Ran, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterAll(remove);

/** Parts of a real kernel's memory; see the README beside it. */
const kernel = join(import.meta.dirname, "../../../packages/image/test/riscv64-kernel.elf.zst");

/** Gives lines to the shell by a pipe. */
async function ask(image: string, ...lines: string[]): Promise<Ran> {
  const [out, err]: string[][] = [[], []];
  const code = await main(["shell", image], {
    out: (text) => void out!.push(text),
    err: (text) => void err!.push(text),
    isTerminal: false,
    input: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(""))]),
  });
  return { code, out: out!.join(""), err: err!.join("") };
}

describe("kasan shell, by a pipe", () => {
  test("evaluates expressions over typed memory", async () => {
    const { code, out, err } = await ask(
      kernel,
      "# values of the kernel's memory",
      "",
      "task(1).comm",
      "const first = task(0)",
      'first.$address == symbol("init_task") && first.comm == "swapper/0"',
      "[first.pid, first.comm, _]",
      'name(symbol("init_task") + 0x40n)',
      'type("struct list_head")',
      'type("struct task_struct").at("init_task").pid',
      'type("struct task_struct").list(first.tasks, "tasks").length + 1 <= tasks().length',
      '({ pid: u32(symbol("init_task") + BigInt(type("struct task_struct").offsetOf("pid"))), far: 1n << 70n })',
      "text(first.comm)",
      "[task(1), task(1).real_parent]",
    );
    expect([code, err]).toEqual([0, ""]);
    const init = out.match(/^\[\(struct task_struct\)([0-9a-f]{16}), \(struct task_struct \*\)([0-9a-f]{16})\]$/m)!;
    expect(out.split("\n").slice(0, -2)).toEqual([
      '"init"',
      "true",
      '[0, "swapper/0", true]',
      "init_task+0x40/0xaa0",
      "struct list_head, 16 bytes",
      "     0  struct list_head * next",
      "     8  struct list_head * prev",
      "0",
      "true",
      "{pid: 0, far: 1180591620717411303424}",
      "swapper/0",
    ]);
    const symbol = await ask(kernel, 'symbol("init_task")');
    expect(symbol.out).toBe(`0x${init[2]}\n`);
  });

  test("has the command line's commands", async () => {
    const { out: whole } = await kasan("inspect", kernel, "init_task", "--access", "write:8");
    expect(await ask(kernel, "inspect init_task --access write:8")).toEqual({ code: 0, out: whole, err: "" });
    const output = join(folder, "a scan.json");
    const written = await ask(kernel, "find init_task", "scan", `scan --format json -o "${output}"`, "dmesg --caller");
    const found = await kasan("inspect", kernel, "init_task", "--find");
    const scanned = await kasan("inspect", kernel, "--scan");
    const { out: log } = await kasan("dmesg", kernel, "--caller");
    expect(written).toEqual({ code: 0, out: `${found.out}${scanned.out}${log}`, err: "" });
    const { out: tables } = await kasan("ptdump", kernel, "--region", "KASAN shadow");
    expect((await ask(kernel, 'ptdump --region "KASAN shadow"')).out).toBe(tables);
    const { code, out } = await ask(kernel, "help", "help find", "inspect --help");
    expect(code).toBe(0);
    expect(out).toMatch(/task\(1\)\.comm[\s\S]*Usage: shell find [\s\S]*Usage: shell inspect .*\n[\s\S]*--access/);
  });

  test("an object's life", async () => {
    const { out: log } = await kasan("dmesg", kernel);
    const [, address] = [...log.matchAll(/The buggy address belongs to the object at ([0-9a-f]{16})/g)].at(-1)!;
    const { out } = await ask(kernel, `const found = object(0x${address}n)`, "found.cache", "found.freed.stack");
    expect(out).toMatch(/^kmalloc-64\n\[\n {2}stack_trace_save\+0x8c\/0xa8,\n/);
  });

  test.each([
    ["x +", "SyntaxError: Unexpected end of input"],
    ["process", "ReferenceError: process is not defined"],
    ["throw 'two\\nlines'", "two"],
    [
      "object(0xffffffd601fd7880)",
      "18446743893354314000 is no address; write it with an n behind, like 0xffff888000000000n",
    ],
    ["type('struct pag')", "the kernel has no type struct pag"],
    ["symbol('init_tsk')", "init_tsk: the kernel has no such symbol (did you mean init_task?)"],
    ["task(-1)", "there is no task -1"],
    ["u8(0)", "nothing at 0: it is not mapped, or not in the image"],
    ["inspect", "missing required argument 'address'"],
    ["inspect zz:", '"zz:" is not an address; write hex digits, like ffff888000000000, or a name, like init_task+0x40'],
    ["inspect init_task --acces read", "unknown option '--acces' (Did you mean --access?)"],
    ["scan -o /nowhere/x", "/nowhere/x: cannot be written: there is no folder /nowhere"],
  ])("%s: ends with the line and why", async (line, why) => {
    expect(await ask(kernel, "1", line, "2")).toEqual({ code: 2, out: "1\n", err: `kasan: line 2: ${why}\n` });
  });

  test("what needs types says so where there are none", async () => {
    const arm = join(kernel, "../arm64-kernel.elf.zst");
    for (const line of ["task(1)", "tasks()", 'type("struct page")']) {
      expect((await ask(arm, line)).err).toMatch(/^kasan: line 1: the kernel has no types: .*\n$/);
    }
    const bare = join(folder, "bare.elf");
    writeCore(bare, x86Machine().contents);
    for (const line of ["task(1)", "tasks()", 'type("struct page")']) {
      expect((await ask(bare, line)).err).toMatch(/^kasan: line 1: .*(?:no types|symbols were not found).*\n$/);
    }
    expect(await ask(bare, "u8(0xffff888000003010n)", "exit", "x +")).toMatchObject({ code: 0, err: "" });
  });

  test("what a dump says does nothing to a terminal", async () => {
    expect((await ask(kernel, "'\\x1b[2J\\u009b'")).out).toBe("\\x1b[2J\\x9b\n");
  });

  // In a process of its own: Vitest listens for such promises in this one.
  test("promises that nobody waits for do no harm", () => {
    const bin = join(import.meta.dirname, "../dist/bin.js");
    const input = "Promise.reject(1)\n(async () => { throw 2 })()\n3\n";
    expect(execFileSync(process.execPath, [bin, "shell", kernel], { input, encoding: "utf8" })).toBe("{}\n{}\n3\n");
  });

  test("an image that cannot be opened", async () => {
    expect(await ask(file("empty", ""), "1")).toMatchObject({ code: 2, out: "" });
  });
});

test.each([
  "for (;;);",
  "(async () => { for (;;) await 0; })()",
  "({ get first() { for (;;); } })",
  "throw { toString() { for (;;); } }",
])("an endless expression is stopped: %s", async (source) => {
  const expressions = new Expressions({}, { patience: 50 });
  expect(() => expressions.print(source)).toThrow(
    /^(?:stopped: it took more than 0\.05 s|it throws what cannot be printed)$/,
  );
  // On a busy machine, even this may take too long.
  await vi.waitFor(() => expect(expressions.print("1 + 1")).toBe("2"), { timeout: 100_000 });
});

test("the lines of prompts are kept, the last ones", async () => {
  vi.stubEnv("KASAN_CACHE_DIR", join(folder, "new", "cache"));
  expect(await readHistory()).toEqual([]);
  await writeHistory(Array.from({ length: 1001 }, (_, i) => `line ${i}`));
  const kept = await readHistory();
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([1000, "line 0", "line 999"]);
  // What cannot be written is left out.
  vi.stubEnv("KASAN_CACHE_DIR", file("no-folder", ""));
  await writeHistory(["1"]);
  expect(await readHistory()).toEqual([]);
  vi.unstubAllEnvs();
});

describe("completion", () => {
  let complete: (line: string) => [words: string[], start: string];
  beforeAll(async () => {
    const image = await openImage(kernel);
    const streams = { out: () => {}, err: () => {}, isTerminal: false };
    const expressions = new Expressions(namesFor(image), { completing: 100_000 });
    const completer = new Completer(shellCommands({ image, file: kernel, streams }, ""), image, expressions);
    complete = (line) => completer.complete(line);
    return () => image.close();
  });

  test.each([
    ["ins", ["inspect"], "ins"],
    ["ta", ["task", "tasks"], "ta"],
    ["inspect --acc", ["--access"], "--acc"],
    ["ptdump --format ", ["html", "json", "text"], ""],
    ["find init_tas", ["init_task"], "init_tas"],
    ["help dm", ["dmesg"], "dm"],
    ["dmesg init_tas", [], "init_tas"],
    ["1 + sym", ["symbol"], "sym"],
    ['type("struct task_str', ["struct task_struct", "struct task_struct__safe_rcu"], "struct task_str"],
    ['u64("init_tas', ["init_task"], "init_tas"],
    ["task(1).rea", ["real_blocked", "real_cred", "real_parent"], "rea"],
    ["task(1).real_parent.thread_inf", ["thread_info"], "thread_inf"],
    ['type("struct list_head").at(symbol("init_task")).ne', ["next"], "ne"],
    ['type("struct page").off', ["offsetOf"], "off"],
    ["nobody.knows", [], "knows"],
    // It has an effect.
    ["(x = 5).to", [], "to"],
  ])("of %s", (line, words, start) => {
    expect(complete(line)).toEqual([words, start]);
  });

  test("of very many words offers what they begin with", () => {
    expect(complete("inspect __kasan_ch")).toEqual([expect.arrayContaining(["__kasan_check_byte"]), "__kasan_ch"]);
    expect(complete("inspect k")).toEqual([[], "k"]);
    expect(complete('type("struct ta')[0].length).toBeGreaterThan(1);
    expect(complete('type("enu')).toEqual([["enum "], "enu"]);
  });
});
