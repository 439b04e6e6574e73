import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kasan, scratch } from "./harness.ts";

let files: ReturnType<typeof scratch>;
beforeEach(() => {
  files = scratch();
});
afterEach(() => files.remove());

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

/** Fuzzes the parser in a folder of its own. */
async function fuzz(...args: string[]) {
  const sources = [files.file("harness.c", HARNESS), files.file("parser.c", PARSER)];
  const findings = join(files.folder, "findings");
  const ran = await kasan("fuzz", ...sources, "--findings", findings, ...args);
  const names = existsSync(findings) ? readdirSync(findings).sort() : [];
  return { ...ran, findings: names.map((name) => join(findings, name)) };
}

describe("kasan fuzz", () => {
  it("finds a bug behind a magic number, and keeps its smallest input, its log and the corpus", async () => {
    const corpus = join(files.folder, "corpus");
    const { code, out, err, findings } = await fuzz("--runs", "500", "--corpus", corpus);
    expect(code).toBe(1);
    expect(out).toMatch(/^BUG: KASAN: slab-out-of-bounds in length_of\+.*\n {2}5 bytes: .*\.bin\n {2}log: .*\.txt\n$/);
    expect(err).toMatch(/^kasan: header: 500 inputs, .* 1 bug, the last new edge at input \d+\n$/);
    const [input, log] = findings;
    expect(readFileSync(input).toString("hex")).toBe(SMALLEST);
    expect(readFileSync(log, "utf8")).toContain("The access begins right behind the object's end");
    expect(readdirSync(corpus).length).toBeGreaterThan(1);
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
    const corpus = join(files.folder, "corpus");
    mkdirSync(join(files.folder, "more"));
    files.file("more/a", "xxxxxxxxxxxx");
    files.file("more/b", Buffer.from("5341534b01ffff", "hex"));
    files.file("more/c", Buffer.from("5341534b01", "hex"));
    const { code, err } = await fuzz("--merge", join(files.folder, "more"), "--corpus", corpus);
    expect([code, err]).toEqual([0, "kasan: header: 2 inputs of 3 kept\n"]);
    expect(readdirSync(corpus).map((name) => readFileSync(join(corpus, name)).toString("hex"))).toContain("5341534b01");
  });

  it("writes what the corpus reaches", async () => {
    const ran = join(files.folder, "ran.info");
    await fuzz("--runs", "30", "--coverage", ran);
    expect(readFileSync(ran, "utf8")).toMatch(/SF:.*parser\.c\nDA:/);
  });

  it.each([
    [["--target", "other"], "no fuzz target other; there are: header"],
    [["--merge", "."], "--merge adds to a corpus: give --corpus as well"],
    [["--replay", "/nowhere"], "/nowhere: ENOENT"],
    [["--corpus", "/dev/null/x"], "/dev/null/x cannot be made a folder of inputs"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await fuzz(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("names the line of a dictionary that is wrong", async () => {
    const { code, err } = await fuzz("--dict", files.file("words.dict", 'a="x"\nb="\\q"\n'));
    expect([code, err]).toEqual([2, expect.stringContaining("words.dict:2: \\q is no escape")]);
  });
});
