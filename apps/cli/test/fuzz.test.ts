import { type StdioOptions, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { kasan, publishedSchema, scratch } from "./harness.ts";

let files: ReturnType<typeof scratch>;
let sources: string[];
let findings: string;
/** All tests fuzz the same files: they are compiled once. */
beforeAll(() => {
  files = scratch();
  sources = [files.file("harness.c", HARNESS), files.file("parser.c", PARSER)];
});
afterAll(() => files.remove());
beforeEach(() => {
  findings = mkdtempSync(join(files.folder, "findings-"));
});

const HARNESS = `#include <linux/kfuzztest.h>
int length_of(const char *data, size_t size);
FUZZ_TEST_SIMPLE(header) { return length_of(data, datalen); }
`;
const PARSER = `#include <linux/types.h>
int length_of(const char *data, size_t size);
int length_of(const char *data, size_t size)
{
	if (size < 5 || *(const u32 *)data != 0x4b534153)
		return -1;
	return data[4] == 2 ? data[5] : data[4];
}
`;
const SMALLEST = "5341534b02";

/** Fuzzes the parser. What is found goes to a folder of the test's own. */
async function fuzz(...args: string[]) {
  const ran = await kasan("fuzz", ...sources, "--findings", findings, ...args);
  const names = readdirSync(findings)
    .filter((name) => /\.(?:bin|txt)$/.test(name))
    .sort();
  return { ...ran, findings: names.map((name) => join(findings, name)) };
}

/** A folder of inputs that is not there yet. */
const newCorpus = () => join(findings, "../corpus", String(Math.random()).slice(2));

describe("kasan fuzz", () => {
  it("finds a bug behind a magic number, and keeps its smallest input, its log and the corpus", async () => {
    const corpus = newCorpus();
    const { code, out, err, findings } = await fuzz("--runs", "500", "--corpus", corpus);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^KASAN: slab-out-of-bounds Read in length_of\n {2}5 bytes: .*\.bin\n {2}log: .*\.txt\n {2}again: .*\n$/,
    );
    expect(err).toMatch(/^kasan: header: \d+ inputs, .* 1 bug, the last new edge [\d.]+ m?s ago\n$/);
    const [input, log] = findings;
    expect(readFileSync(input).toString("hex")).toBe(SMALLEST);
    expect(readFileSync(log, "utf8")).toContain("The access begins right behind the object's end");
    expect(readdirSync(corpus).length).toBeGreaterThan(1);
  });

  it("does not tell a bug again that is in the folder, unless its input is gone", async () => {
    const first = await fuzz("--runs", "500");
    expect(first.code).toBe(1);
    const again = await fuzz("--runs", "500");
    expect([again.code, again.out]).toEqual([0, ""]);
    expect(again.err).toMatch(/^kasan: header: 1 bug known, of .*\nkasan: header: .* 0 bugs/);
    rmSync(first.findings[0]);
    expect((await fuzz("--runs", "500")).code).toBe(1);
  });

  it("says how a bug's input is run again, and that command does so", async () => {
    const { out } = await fuzz("--runs", "500", "--memory", "24M", "--findings", join(findings, "with space"));
    const command = /again: kasan (.*)\n/.exec(out)?.[1] ?? "";
    expect(command).toContain("--memory 25165824 --replay '");
    const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, text, word]) => text ?? word);
    expect((await kasan(...args)).code).toBe(1);
  });

  it("tells what happens as JSON, as its schema has it", async () => {
    const stats = join(findings, "rows.csv");
    const { code, out, err } = await fuzz("--runs", "3000", "--format", "json", "--stats", stats, "--jobs", "2");
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const valid = new Ajv2020().compile(publishedSchema("fuzz"));
    for (const event of events) expect(valid(event), JSON.stringify([event, valid.errors])).toBe(true);
    const kinds = events.map(({ event }) => event);
    expect([kinds[0], kinds.at(-1)]).toEqual(["start", "end"]);
    expect(kinds.filter((kind) => kind === "finding")).toHaveLength(1);
    expect(code).toBe(1);
    const end = events.at(-1);
    expect(end).toMatchObject({
      reason: "runs",
      findings: 1,
      edges: events.filter(({ event }) => event === "new").at(-1).edges,
    });
    expect(end.executions).toBe(3000);
    const [head, ...rows] = readFileSync(stats, "utf8").trimEnd().split("\n");
    expect(head).toBe("seconds,executions,executions_per_second,edges,features,corpus,findings,seconds_since_new_edge");
    expect(rows.at(-1)?.split(",").map(Number)).toEqual(head.split(",").map((name) => end[name]));
    expect(err).toMatch(/^kasan: header: \d+ inputs/);
  });

  it("says that it ended before the first input, with a code that says why", async () => {
    const running = fuzz();
    await vi.waitFor(() => expect(readdirSync(findings)).toContain("stats.csv"), { interval: 5, timeout: 200_000 });
    process.emit("SIGINT", "SIGINT");
    const { code, err } = await running;
    expect([code, err]).toEqual([130, "kasan: ended before the first input\n"]);
  });

  it("counts an input that does not end", async () => {
    const hang = files.file(
      "hang.c",
      `#include <linux/kfuzztest.h>
FUZZ_TEST_SIMPLE(hang) { volatile int spin = 1; while (spin); return 0; }
`,
    );
    const running = kasan(
      "fuzz",
      hang,
      "--findings",
      findings,
      "--input-timeout",
      "20",
      "--format",
      "json",
      "--stats",
      join(findings, "s"),
    );
    await vi.waitFor(() => expect(readFileSync(join(findings, "s"), "utf8").split("\n")).toHaveLength(3), {
      timeout: 200_000,
    });
    process.emit("SIGINT", "SIGINT");
    const { out } = await running;
    expect(JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ reason: "signal", executions: 1 });
  });

  it.each(["SIGINT", "SIGHUP"] as const)("ends at once with %s, and says so", async (signal) => {
    const running = fuzz("--format", "json");
    // The first run of all may compile.
    await vi.waitFor(() => expect(readdirSync(findings)).toContain("bugs.json"), { timeout: 200_000 });
    const before = performance.now();
    process.emit(signal, signal);
    const { code, out } = await running;
    expect(performance.now() - before).toBeLessThan(1000);
    expect([code, JSON.parse(out.trimEnd().split("\n").at(-1) ?? "")]).toEqual([
      1,
      expect.objectContaining({ event: "end", reason: "signal", findings: 1 }),
    ]);
  });

  it("loses nothing when it is killed", async () => {
    const corpus = newCorpus();
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const args = [bin, "fuzz", ...sources, "--findings", findings, "--corpus", corpus];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    await vi.waitFor(() => expect(readdirSync(findings)).toContain("bugs.json"), { timeout: 200_000 });
    child.kill("SIGKILL");
    await once(child, "exit");
    const inputs = readdirSync(corpus).filter((name) => !name.startsWith("."));
    expect(inputs.length).toBeGreaterThan(0);
    for (const name of inputs) {
      expect(
        createHash("sha1")
          .update(readFileSync(join(corpus, name)))
          .digest("hex"),
      ).toBe(name);
    }
    const { code, out, err } = await fuzz("--corpus", corpus, "--runs", "300", "--format", "json");
    expect([code, err]).toEqual([0, expect.stringContaining("1 bug known")]);
    expect(JSON.parse(out.split("\n")[0])).toMatchObject({ event: "start", corpus: inputs.length, known: 1 });
  });

  it("prints an input that the corpus has no room for", async () => {
    const corpus = newCorpus();
    const running = fuzz("--corpus", corpus, "--jobs", "1");
    await vi.waitFor(() => expect(readdirSync(findings)).toContain("stats.csv"), { interval: 5, timeout: 200_000 });
    rmSync(corpus, { recursive: true });
    const { code, err } = await running;
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(
        /new in the corpus\n {2}the input, which cannot be kept, in hex: [0-9a-f]*\nkasan: .* cannot be written: .*\n$/,
      ),
    ]);
  });

  it.runIf(existsSync("/dev/full"))("says in a line that nothing can be printed", () => {
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const full = openSync("/dev/full", "w");
    const stdio: StdioOptions = ["ignore", full, "pipe"];
    const { status, stderr } = spawnSync(process.execPath, [bin, "fuzz", ...sources, "--list"], { stdio });
    closeSync(full);
    expect([status, stderr.toString()]).toEqual([2, "kasan: the output cannot be written: the disk is full\n"]);
  });

  it("ends when nobody reads what it prints, with SIGPIPE's code", async () => {
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const args = [bin, "fuzz", ...sources, "--findings", findings, "--format", "json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await once(child, "exit")).toEqual([141, null]);
  });

  it("says in a line what cannot be written, and keeps what it found", async () => {
    const corpus = newCorpus();
    const running = fuzz("--corpus", corpus);
    await vi.waitFor(() => expect(readdirSync(findings)).toContain("bugs.json"), { timeout: 200_000 });
    rmSync(corpus, { recursive: true });
    rmSync(join(findings, "stats.csv"));
    mkdirSync(join(findings, "stats.csv"));
    const { code, err } = await running;
    expect([code, err]).toEqual([2, expect.stringMatching(/^kasan: .* cannot be (?:written|removed): .*\n$/)]);
    expect(readdirSync(findings)).toContain("bugs.json");
  });

  it("does the same with the same seed", async () => {
    const run = async () => {
      const { out } = await kasan("fuzz", ...sources, "--findings", newCorpus(), "--runs", "400", "--format", "json");
      return out
        .split("\n")
        .map((line) => line.replace(/"seconds[^,}]*|"executions_per_second[^,}]*|[^"]*corpus\/[^"]*/g, ""));
    };
    expect((await run()).filter((line) => !line.includes('"status"'))).toEqual(
      (await run()).filter((line) => !line.includes('"status"')),
    );
  });

  it("replays an input, and makes it smaller", async () => {
    const input = files.file("input", Buffer.concat([Buffer.from(SMALLEST, "hex")]));
    expect((await fuzz("--replay", input)).code).toBe(1);
    expect((await fuzz("--replay", files.file("good", "SASK"))).code).toBe(0);
    const { out, err } = await fuzz("--minimize", input);
    expect([out, err]).toEqual(["", expect.stringMatching(/: 5 bytes before, 5 now\n$/)]);
    expect(readFileSync(input).toString("hex")).toBe(SMALLEST);
  });

  it("merges what reaches more into a corpus", async () => {
    const corpus = newCorpus();
    mkdirSync(join(files.folder, "more"));
    files.file("more/a", "xxxxxxxxxxxx");
    files.file("more/b", Buffer.from("5341534b01ffff", "hex"));
    files.file("more/c", Buffer.from("5341534b01", "hex"));
    const { code, err } = await fuzz("--merge", join(files.folder, "more"), "--corpus", corpus);
    expect([code, err]).toEqual([0, "kasan: header: 2 inputs of 3 kept\n"]);
    expect(readdirSync(corpus).map((name) => readFileSync(join(corpus, name)).toString("hex"))).toContain("5341534b01");
  });

  it("removes nothing in a merge but what it named itself, and no input with a bug, which is told", async () => {
    const corpus = newCorpus();
    mkdirSync(corpus, { recursive: true });
    const needless = createHash("sha1").update("yyyy").digest("hex");
    const contents = { README: "text", [needless]: "yyyy", bug: Buffer.from(SMALLEST, "hex"), empty: "" };
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(corpus, name), content);
    mkdirSync(join(files.folder, "none"));
    const merged = await fuzz("--merge", join(files.folder, "none"), "--corpus", corpus);
    expect(readdirSync(corpus).sort()).toEqual(["README", "bug", "empty"]);
    expect([merged.code, merged.out]).toEqual([1, expect.stringContaining("slab-out-of-bounds Read in length_of")]);
    expect(merged.err).toContain("1 file of");
    expect(merged.err).toContain("kasan: header: 1 input of 4 with a bug\n");
    expect(readFileSync(merged.findings[0]).toString("hex")).toBe(SMALLEST);
    expect((await fuzz("--merge", join(files.folder, "none"), "--corpus", corpus)).code).toBe(0);
  });

  it("refuses a list of bugs that is none", async () => {
    writeFileSync(join(findings, "bugs.json"), "[null]");
    const { code, err } = await fuzz("--runs", "1");
    expect([code, err]).toEqual([2, expect.stringContaining("bugs.json is no list of bugs; remove it")]);
  });

  it("can keep the machine's state from one input to the next", async () => {
    const { code, findings } = await fuzz("--runs", "500", "--persistent");
    expect(code).toBe(1);
    expect(readFileSync(findings[0]).toString("hex")).toBe(SMALLEST);
  });

  it("leaves out inputs of a corpus that are too long, and says so", async () => {
    const corpus = newCorpus();
    mkdirSync(corpus, { recursive: true });
    writeFileSync(join(corpus, "long"), "x".repeat(100));
    const { code, err } = await fuzz("--corpus", corpus, "--max-len", "20", "--runs", "3");
    expect([code, err]).toEqual([0, expect.stringContaining("corpus")]);
    expect(err).toContain(": 1 input of more than 20 bytes left out (--max-len)\n");
    expect(readdirSync(corpus)).toContain("long");
    expect((await fuzz("--replay", join(corpus, "long"), "--max-len", "20")).code).toBe(0);
  });

  it("writes what the corpus reaches", async () => {
    const ran = join(files.folder, "ran.info");
    await fuzz("--runs", "30", "--coverage", ran);
    expect(readFileSync(ran, "utf8")).toMatch(/SF:.*parser\.c\nDA:/);
    expect(readFileSync(ran, "utf8")).not.toContain("DA:0,");
    await fuzz("--runs", "1", "--coverage", ran, "--coverage-format", "html");
    expect(readFileSync(ran, "utf8")).toMatch(/^<!doctype html>[\s\S]*parser\.c/);
  });

  it.each([
    [["--target", "other"], "no fuzz target other; there are: header"],
    [["--stats", "/nowhere/x.csv"], "/nowhere/x.csv cannot be written: there is no such file or folder"],
    [["--findings", "/dev/null/x"], "/dev/null/x cannot be made a folder"],
    [["--jobs", "0"], "is not from 1 to 64"],
    [["--merge", "."], "--merge adds to a corpus: give --corpus as well"],
    [["--replay", "/nowhere"], "/nowhere cannot be read: there is no such file or folder"],
    [["--coverage-format", "html"], "--coverage-format is the form of --coverage: give that as well"],
    [["--coverage", "/nowhere/x"], "/nowhere/x: cannot be written: there is no folder /nowhere"],
    [["--merge", "/nowhere", "--corpus", "corpus"], "/nowhere cannot be read: there is no such file or folder"],
    [["--corpus", "/dev/null/x"], "/dev/null/x cannot be made a folder"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await fuzz(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("names the line of a dictionary that is wrong", async () => {
    const { code, err } = await fuzz("--dict", files.file("words.dict", 'a="x"\nb="\\q"\n'));
    expect([code, err]).toEqual([2, expect.stringContaining("words.dict:2: \\q is no escape")]);
  });
});

describe("kasan fuzz --list", () => {
  const SECOND = `/* FUZZ_TEST_SIMPLE(no) */
#define MORE FUZZ_TEST_SIMPLE(neither)
const char *text = "\\nFUZZ_TEST_SIMPLE(nor)";
FUZZ_TEST(structured, struct input) { }
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data,
			   size_t size)
{
}
#ifdef A
FUZZ_TEST_SIMPLE(either) { }
#else
FUZZ_TEST_SIMPLE(either) { }
#endif
`;

  it("names the targets in the files, without compiling them", async () => {
    const second = files.file("second.c", SECOND);
    const { code, out } = await kasan("fuzz", ...sources, second, "--list");
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        `header  ${sources[0]}:3`,
        `structured  ${second}:4`,
        `LLVMFuzzerTestOneInput  ${second}:6`,
        `either  ${second}:11`,
        `either  ${second}:13`,
        "",
      ],
    ]);
    const { out: json } = await kasan("fuzz", ...sources, "--list", "--format", "json");
    expect(JSON.parse(json)).toEqual({ version: 1, targets: [{ name: "header", file: sources[0], line: 3 }] });
  });

  it("refuses files without a target, and two targets of the same name", async () => {
    const none = await kasan("fuzz", sources[1], "--list");
    expect([none.code, none.err]).toEqual([2, expect.stringContaining("nothing to fuzz: no FUZZ_TEST_SIMPLE()")]);
    const again = files.file("again.c", HARNESS);
    const twins = await kasan("fuzz", ...sources, again);
    expect([twins.code, twins.err]).toEqual([
      2,
      `kasan: two fuzz targets are named header: at ${sources[0]}:3 and ${again}:3\n`,
    ]);
  });
});

describe("kasan fuzz --new", () => {
  const LIBRARY = `#include <linux/types.h>
#include <linux/string.h>
int sum_of(const u8 *bytes, size_t size);
int sum_of(const u8 *bytes, size_t size) { return size > 2 ? bytes[size] : 0; }
bool same(const char *pattern, const char *text, bool strict);
bool same(const char *pattern, const char *text, bool strict) { return strict && !strcmp(pattern, text); }
int convert(u8 *to, size_t room, const void *from, size_t size, int *used);
int convert(u8 *to, size_t room, const void *from, size_t size, int *used)
{
	memcpy(to, from, min(room, size));
	return *used = size;
}
struct state { int level; };
static int hidden(struct state *state, char **rest, unsigned int depth) { return state->level + **rest + depth; }
int uses(void);
int uses(void) { struct state s = {}; char *t = ""; return hidden(&s, &t, 1); }
`;

  it("writes targets that compile, and find what they should", async () => {
    const library = files.file("library.c", LIBRARY);
    const written: string[] = [];
    for (const name of ["sum_of", "same", "convert"]) {
      const harness = join(files.folder, `${name}_fuzz.c`);
      expect(await kasan("fuzz", "--new", `${library}:${name}`, "-o", harness)).toEqual({ code: 0, out: "", err: "" });
      written.push(harness);
    }
    const { code, out, err } = await kasan(
      ...["fuzz", ...written, library, "--target", "sum_of", "--runs", "500", "--findings", findings],
    );
    expect([code, err]).toEqual([1, expect.stringMatching(/^kasan: sum_of: /)]);
    expect(out).toContain("slab-out-of-bounds Read in sum_of");
  });

  it("writes over a file only with --force", async () => {
    const harness = files.file("mine.c", "mine");
    const place = `${files.file("library.c", LIBRARY)}:sum_of`;
    const { code, err } = await kasan("fuzz", "--new", place, "-o", harness);
    expect([code, err]).toEqual([2, `kasan: ${harness} is there already: give another name, or --force\n`]);
    expect(readFileSync(harness, "utf8")).toBe("mine");
    expect((await kasan("fuzz", "--new", place, "-o", harness, "--force")).code).toBe(0);
    expect(readFileSync(harness, "utf8")).toContain("FUZZ_TEST");
  });

  it("includes the file of a static function", async () => {
    const library = files.file("library.c", LIBRARY);
    const { out } = await kasan("fuzz", "--new", `${library}:hidden`);
    expect(out).toContain('#include "library.c"');
    expect(out).toContain("TODO: state is all zeros; fill it in as callers do: struct state *state.");
    const harness = files.file("hidden_fuzz.c", out);
    const ran = await kasan("fuzz", harness, "-I", files.folder, "--runs", "100", "--findings", findings);
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(/^kasan: hidden: /)]);
  });

  it.each([
    ["library.c", "write PATH/file.c:function"],
    ["/nowhere.c:f", "/nowhere.c cannot be read: there is no such file or folder"],
    ["HARNESS:nothing", "has no definition of a function nothing()"],
  ])("refuses %s", async (place, message) => {
    const { code, err } = await kasan("fuzz", "--new", place.replace("HARNESS", sources[0]));
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("kasan fuzz's kinds of bugs", () => {
  const KINDS = `#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/bug.h>
#include <linux/rcupdate.h>
struct late { struct rcu_head rcu; };
static noinline int deep(int n, volatile char *p) { volatile char a[512]; a[0] = n; return deep(n + 1, a) + p[0] + a[1]; }
static noinline void one(void) { kmalloc(77, GFP_KERNEL); }
static noinline void other(void) { kmalloc(30, GFP_KERNEL); }
FUZZ_TEST_SIMPLE(kinds)
{
	struct late *late;
	volatile int spin = 1;

	if (datalen != 1)
		return 0;
	switch (data[0]) {
	case 'b': BUG();
	case 'p': panic("no way");
	case 'k': return data[datalen];
	case 'o': return *(volatile char *)0x123456789000;
	case 's': return deep(0, data);
	case 'e': while (kmalloc(4096, GFP_KERNEL)); return 0;
	case 'h': while (spin); return 0;
	case 'l': one(); return 0;
	case 'm': one(); other(); return 0;
	case 'f': kfree(kmalloc(40, GFP_KERNEL)); return 0;
	case 'r': late = kmalloc(sizeof(*late), GFP_KERNEL); kfree_rcu(late, rcu); return 0;
	}
	return 0;
}
`;

  it("are told apart, each with the place where it is", async () => {
    const source = files.file("kinds.c", KINDS);
    const seeds = mkdtempSync(join(files.folder, "seeds-"));
    for (const letter of "bpkosehlmfr") files.file(`${seeds.slice(files.folder.length + 1)}/${letter}`, letter);
    const { out } = await kasan(
      ...["fuzz", source, "--corpus", seeds, "--runs", "80", "--leaks", "--input-timeout", "0.3", "--format", "json"],
      ...["--findings", findings],
    );
    const found = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === "finding");
    expect(
      Object.fromEntries(found.map(({ input, kind, title }) => [readFileSync(input, "latin1"), [kind, title]])),
    ).toEqual({
      b: ["bug", "kernel BUG in kfuzztest_write_kinds"],
      p: ["panic", "kernel panic: no way"],
      k: ["kasan", "KASAN: slab-out-of-bounds Read in kfuzztest_write_kinds"],
      o: ["kasan", "KASAN: user-memory-access Read in kfuzztest_write_kinds"],
      s: ["stack-overflow", expect.stringContaining("stack guard page was hit")],
      e: ["out-of-memory", "the input takes all of the machine's memory"],
      h: ["hang", "the input does not end in time, in kfuzztest_write_kinds()"],
      l: ["leak", "memory leak in one(): 96 bytes of kmalloc-96"],
      m: ["leak", "memory leak in other(): 32 bytes of kmalloc-32"],
    });
    expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
    for (const { log } of found) expect(readFileSync(log, "utf8")).not.toContain("do_init_module");
    const leak = found.find(({ kind }) => kind === "leak");
    expect(readFileSync(leak.log, "utf8")).toMatch(
      /^1 unreferenced object of kmalloc-96 .*\n {2}backtrace:\n(?: {4}.*\n)+$/,
    );
  });

  it("leaks need a mode that knows who allocated an object", async () => {
    const { code, err } = await fuzz("--leaks", "--mode", "sw_tags", "--arch", "arm64");
    expect([code, err]).toEqual([2, expect.stringContaining("--leaks needs --mode generic")]);
  });
});

it("kasan fuzz runs the module's exit functions at the end, and tells what goes wrong there", async () => {
  const source = `#include <linux/kfuzztest.h>
#include <linux/module.h>
#include <linux/slab.h>
static char *kept;
FUZZ_TEST_SIMPLE(leaving) { return 0; }
static int __init begin(void) { kept = kmalloc(8, GFP_KERNEL); kfree(kept); return 0; }
static void __exit leave(void) { kept[0] = 1; }
module_init(begin);
module_exit(leave);
`;
  const file = files.file("leaving.c", source);
  const args = ["fuzz", file, "--runs", "20", "--findings", findings];
  const { code, out } = await kasan(...args);
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/^at the module's exit: KASAN: slab-use-after-free Write in leave\n/),
  ]);
  const { out: json } = await kasan(...args, "--format", "json");
  const events = json
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.find(({ event }) => event === "teardown").title).toBe("KASAN: slab-use-after-free Write in leave");
});

describe("kasan fuzz with a FUZZ_TEST", () => {
  const source = `#include <linux/kfuzztest.h>
struct request { u16 kind; const char *data; size_t len; };
FUZZ_TEST(request, struct request)
{
	KFUZZTEST_EXPECT_NOT_NULL(request, data);
	KFUZZTEST_ANNOTATE_LEN(request, len, data);
	if (arg->kind == 0x1234 && arg->len > 2)
		((volatile const char *)arg->data)[arg->len];
}
`;

  it("keeps inputs as the proposal encodes them: in the corpus, for --replay, --minimize and another run", async () => {
    const target = files.file("request.c", source);
    const corpus = newCorpus();
    const run = (...args: string[]) => kasan("fuzz", target, "--findings", findings, ...args);
    expect((await run("--runs", "20000", "--corpus", corpus)).code).toBe(1);
    const [bug] = readdirSync(findings).filter((name) => name.endsWith(".bin"));
    const path = join(findings, bug);
    const input = readFileSync(path);
    expect(input.readUInt32LE(0)).toBe(0xbface);
    expect(readdirSync(corpus).every((name) => readFileSync(join(corpus, name)).readUInt32LE(0) === 0xbface)).toBe(
      true,
    );
    const replayed = await run("--replay", path);
    expect([replayed.code, replayed.out]).toEqual([
      1,
      expect.stringContaining("slab-out-of-bounds in kfuzztest_write_request"),
    ]);
    expect((await run("--minimize", path)).code).toBe(1);
    expect(readFileSync(path)).toEqual(input);
    expect((await run("--runs", "1", "--corpus", corpus)).code).toBe(0);
    const broken = files.file("broken.bin", input.subarray(0, 40));
    for (const option of ["--replay", "--minimize"]) {
      const { code, err } = await run(option, broken);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^kasan: the input is not one of a FUZZ_TEST: it ends .*\n$/),
      ]);
    }
  });
});
