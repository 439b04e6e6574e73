import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { kasan, type Ran, scratch } from "./harness.ts";

/**
 * What goes wrong outside of a command: each is told in a line or two that names what is wrong, with exit code 2. Never is it a stack of ours (70),
 * "found bugs" (1), or an error's code.
 */
const EXAMPLES = join(import.meta.dirname, "../../../examples");
const NO_BUG = join(EXAMPLES, "no_bug.c");
const GLOB = join(EXAMPLES, "fuzz/glob.c");
const BIN = new URL("../dist/bin.js", import.meta.url).pathname;

const { folder, file, remove } = scratch();
afterAll(remove);
afterEach(() => void vi.unstubAllEnvs());

const at = (name: string): string => join(folder, name);
const MISSING = at("missing");
/** Nobody can read it, not even root. */
const LOOP = at("loop.c");
const EMPTY = at("empty");
const PLAIN = at("plain");
const LOG = at("bug.log");
const CORE = at("core.elf");
const PACKED = at("packed.gz");

beforeAll(async () => {
  symlinkSync(LOOP, LOOP);
  mkdirSync(EMPTY);
  file("plain", "plain text\n");
  file("bug.log", readFileSync(join(EXAMPLES, "kmalloc_oob_right.txt")));
  file("packed.gz", Buffer.from("1f8b0800000000000003", "hex"));
  const { code } = await kasan("run", NO_BUG, "--memory", "16M", "--dump", CORE);
  expect(code).toBe(0);
});

/** In words: no stack of ours, no error's code. */
function expectTold({ code, err }: Ran, what: RegExp): void {
  expect(err).toMatch(what);
  expect(err).not.toMatch(/this is a bug in kasan|^ {4}at |\bE[A-Z]{3,}:/m);
  expect(code).toBe(2);
}

const CHECK = ["check", "lazy", "--arch", "x86_64", "--cpu", "allocate a 1"];

/** Commands that print, each a cheap one. */
const PRINTING: readonly string[][] = [
  ["run", NO_BUG],
  ["fuzz", "--list", GLOB],
  ["layout"],
  CHECK,
  ["explain", LOG],
  ["explain", LOG, "--format", "html"],
  ["ptdump", CORE],
  ["inspect", CORE, "ffff888000000000"],
  ["functions"],
  ["doctor"],
  ["help"],
  ["complete", "bash"],
  ["--version"],
];

describe("standard output", () => {
  const hasFull = existsSync("/dev/full");

  it.skipIf(!hasFull).each(PRINTING)("on a full disk: %s %s %s", async (...args) => {
    const ran = await end(
      spawn(process.execPath, [BIN, ...given(args)], { stdio: ["ignore", openSync("/dev/full", "w"), "pipe"] }),
    );
    expectTold(ran, /kasan: the output cannot be written: the disk is full\n$/);
  });

  it.each(PRINTING)("whose reader is gone: %s %s %s", async (...args) => {
    const child = spawn(process.execPath, [BIN, ...given(args)], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout!.destroy();
    const { code, err } = await end(child);
    // What a shell says of a program that SIGPIPE ended.
    expect({ code, stack: /^ {4}at /m.test(err) }).toEqual({ code: 141, stack: false });
  });
});

/** A file that a flag or an argument names: the command with it. */
type With = (path: string) => string[];

/** Every file that a command reads. */
const READING: readonly [string, With][] = [
  ["run FILE", (path) => ["run", path]],
  ["run --include", (path) => ["run", NO_BUG, "-I", path]],
  ["run --kernel-tree", (path) => ["run", NO_BUG, "--kernel-tree", path]],
  ["run --plugin", (path) => ["run", NO_BUG, "--plugin", path]],
  ["fuzz FILE", (path) => ["fuzz", path]],
  ["fuzz --list", (path) => ["fuzz", "--list", path]],
  ["fuzz --new", (path) => ["fuzz", "--new", `${path.replace(/\.c$/, "")}.c:f`]],
  ["fuzz --dict", (path) => ["fuzz", GLOB, "--dict", path]],
  ["fuzz --replay", (path) => ["fuzz", GLOB, "--replay", path]],
  ["fuzz --minimize", (path) => ["fuzz", GLOB, "--minimize", path]],
  ["fuzz --merge", (path) => ["fuzz", GLOB, "--corpus", at("corpus"), "--merge", path]],
  ["layout --plugin", (path) => ["layout", "--plugin", path]],
  ["compare-shadow FILE", (path) => ["compare-shadow", path]],
  ["compare-modes FILE", (path) => ["compare-modes", path]],
  ["bench vmalloc --kernel-source", (path) => ["bench", "vmalloc", "--kernel-source", path]],
  ["replay TRACE", (path) => ["replay", path]],
  ["check --replay", (path) => ["check", "--replay", path]],
  ["check --plugin", (path) => ["check", "lazy", "--plugin", path]],
  ["explain FILE", (path) => ["explain", path]],
  ["explain --vmlinux", (path) => ["explain", LOG, "--vmlinux", path]],
  ["explain --modules", (path) => ["explain", LOG, "--vmlinux", CORE, "--modules", path]],
  ["triage PATH", (path) => ["triage", path, "-o", at("triaged")]],
  ["triage --decisions", (path) => ["triage", LOG, "-o", at("triaged"), "--decisions", path]],
  ["ptdump IMAGE", (path) => ["ptdump", path]],
  ["ptdump --config", (path) => ["ptdump", CORE, "--config", path]],
  ["inspect IMAGE", (path) => ["inspect", path, "ffff888000000000"]],
];

describe("an input", () => {
  it.each(READING)("that is not there: %s", async (_what, args) => {
    expectTold(await kasan(...args(MISSING)), /missing/);
  });

  it.each(READING)("that cannot be read: %s", async (_what, args) => {
    expectTold(await kasan(...args(LOOP)), /loop/);
  });

  // A folder can be one to search, or one of logs.
  const files = READING.filter(
    ([what]) => !/--include|--kernel-tree|--merge|--modules|triage PATH|kernel-source/.test(what),
  );
  it.each(files)("that is a folder: %s", async (_what, args) => {
    expectTold(await kasan(...args(EMPTY)), /empty/);
  });

  const compressed = READING.filter(([what]) => /explain FILE|replay TRACE|IMAGE|--config/.test(what));
  it.each(compressed)("that ends in the middle of compressed data: %s", async (_what, args) => {
    expectTold(await kasan(...args(PACKED)), /packed\.gz/);
  });
});

/** Every file that a command writes. */
const WRITING: readonly [string, With][] = [
  ["run -o", (path) => ["run", NO_BUG, "-o", path]],
  ["run --dump", (path) => ["run", NO_BUG, "--dump", path]],
  ["run --profile", (path) => ["run", NO_BUG, "--profile", path]],
  ["run --coverage", (path) => ["run", NO_BUG, "--coverage", path]],
  ["run --coverage as html", (path) => ["run", NO_BUG, "--coverage", path, "--coverage-format", "html"]],
  ["fuzz --new -o", (path) => ["fuzz", "--new", `${GLOB}:glob_match`, "-o", path]],
  ["fuzz --coverage", (path) => ["fuzz", GLOB, "--runs", "1", "--findings", at("findings"), "--coverage", path]],
  ["layout -o", (path) => ["layout", "-o", path]],
  ["compare-shadow -o", (path) => ["compare-shadow", NO_BUG, "-o", path]],
  ["compare-modes -o", (path) => ["compare-modes", NO_BUG, "-o", path]],
  ["bench vmalloc -o", (path) => ["bench", "vmalloc", "-o", path]],
  ["replay -o", (path) => ["replay", LOG, "-o", path]],
  ["check -o", (path) => [...CHECK, "-o", path]],
  ["check --trace", (path) => [...CHECK, "--trace", path]],
  ["check --resume", (path) => [...CHECK, "--resume", path]],
  ["functions -o", (path) => ["functions", "-o", path]],
  ["doctor -o", (path) => ["doctor", "-o", path]],
  ["explain -o", (path) => ["explain", LOG, "-o", path]],
];

/** Paths that nothing can be written to, what is said of them, and what is there before and after. */
const UNWRITABLE: readonly [string, () => string, RegExp][] = [
  ["in a folder that is not there", () => join(MISSING, "x"), /missing\/x: cannot be written: there is no folder/],
  ["that is a folder", () => EMPTY, /empty: cannot be written: it is a folder/],
  ["behind a file", () => join(PLAIN, "x"), /plain\/x: cannot be written: /],
  ["behind links that lead in a circle", () => LOOP, /loop\.c: cannot be written: links lead in a circle/],
  ["with a name that is too long", () => at("x".repeat(300)), /cannot be written: the name is too long/],
  ["without a name", () => "", /"": cannot be written: it has no name/],
];

describe.each(UNWRITABLE)("an output %s", (_what, path, told) => {
  it.each(WRITING)("%s", async (_name, args) => {
    const before = readdirSync(folder).length;
    const ran = await kasan(...args(path()));
    expectTold(ran, told);
    // It is refused before any work, and no file with another name is left.
    expect({ out: ran.out, files: readdirSync(folder).length, inside: readdirSync(EMPTY) }).toEqual({
      out: "",
      files: before,
      inside: [],
    });
  });
});

describe("an output", () => {
  it.skipIf(process.platform !== "linux").each(WRITING.filter(([what]) => !/bench|replay|fuzz|check/.test(what)))(
    "in /proc: %s",
    async (_what, args) => expectTold(await kasan(...args("/proc/kasan")), /\/proc\/kasan: cannot be written: /),
  );

  it("that is a link is written where it leads to, and the link stays", async () => {
    symlinkSync("target.txt", at("link.txt"));
    expect((await kasan("layout", "-o", at("link.txt"))).code).toBe(0);
    expect((await kasan("layout", "-o", at("link.txt"))).code).toBe(0);
    expect(readFileSync(at("target.txt"), "utf8")).toContain("Address space");
    expect(
      readdirSync(folder, { withFileTypes: true })
        .find(({ name }) => name === "link.txt")
        ?.isSymbolicLink(),
    ).toBe(true);
  });

  it.each([
    ["a file", () => PLAIN],
    ["below a file", () => join(PLAIN, "x")],
    ["links that lead in a circle", () => LOOP],
  ])("folder of triage that is %s", async (_what, path) => {
    expectTold(await kasan("triage", LOG, "-o", path()), /cannot be made a folder: /);
  });
});

describe("a folder for init", () => {
  it.each([
    ["that is a file", () => PLAIN, /plain.* cannot be made a folder: a part of the path is a file/],
    ["that links in a circle lead to", () => LOOP, /cannot be made a folder: links lead in a circle/],
    ["without a name", () => "", /"": cannot be written: it has no name/],
    ["with a name that is too long", () => at("x".repeat(300)), /cannot be made a folder: the name is too long/],
    ["in /proc", () => "/proc/kasan", /cannot be made a folder: no folder can be made in \/proc/],
  ])("%s", async (_what, path, told) => {
    const before = readdirSync(folder);
    const ran = await kasan("init", path());
    expectTold(ran, told);
    expect({ out: ran.out, files: readdirSync(folder) }).toEqual({ out: "", files: before });
  });
});

describe("an environment that lies", () => {
  const GZIP = () => ["ptdump", file("core.gz", Buffer.from("1f8b0800000000000003030000000000000000000000", "hex"))];
  it("TMPDIR, for a compressed image", async () => {
    vi.stubEnv("TMPDIR", MISSING);
    expectTold(await kasan(...GZIP()), /cannot be decompressed in .*missing: there is no such file or folder/);
  });

  it("TMPDIR, for C of standard input", async () => {
    const env = { ...process.env, TMPDIR: MISSING };
    const child = spawn(process.execPath, [BIN, "run", "-"], { stdio: [openSync(NO_BUG, "r"), "pipe", "pipe"], env });
    expectTold(await end(child), /a temporary file in .*missing: cannot be written: there is no such file or folder/);
  });

  it("KASAN_CACHE_DIR in /proc: it runs without a cache", async () => {
    vi.stubEnv("KASAN_CACHE_DIR", "/proc/nope");
    const { code, err } = await kasan("run", NO_BUG);
    expect({ code, err }).toEqual({ code: 0, err: "kasan: no_bug: no KASAN report\n" });
  });

  it.each([
    [["triage", LOG, "-o", "x"], 2],
    [["explain", LOG], 1],
    [["layout"], 0],
  ])("a folder that is not there any more: %s", async (args, code) => {
    const gone = at("gone");
    mkdirSync(gone, { recursive: true });
    const shell = `cd "$0" && rmdir "$0" && exec "$@"`;
    const ran = await end(
      spawn("sh", ["-c", shell, gone, process.execPath, BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] }),
    );
    if (code === 2) expectTold(ran, /^kasan: the folder that kasan was started in: there is no such file or folder\n$/);
    else expect(ran.code).toBe(code);
  });
});

describe("what is no log", () => {
  const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 0xff);
  it.each([
    ["a core", () => CORE, /core\.elf: is no log, but an ELF file; .*kasan inspect/],
    ["a zip archive", () => file("log.zip", "PK\x03\x04...."), /log\.zip: is no log, but a zip archive/],
    ["noise", () => file("noise", noise), /what was read is no text; kasan inspect/],
    ["zeros", () => file("zeros", new Uint8Array(100_000)), /what was read is no text/],
  ])("%s", async (_what, path, told) => {
    if (told) expectTold(await kasan("explain", path()), told);
  });

  it.each([
    ["text without a report", "nothing of interest\n"],
    ["nothing", ""],
    ["zeros before text", `${"\0".repeat(4096)}[    1.000000] a line\n`],
  ])("%s is one", async (_what, text) => {
    const { code, err } = await kasan("explain", file("some.log", text), "--format", "json");
    expect({ code, err }).toEqual({ code: 0, err: "kasan: no KASAN report in the log\n" });
  });

  it("beside logs does not disturb triage", async () => {
    mkdirSync(at("logs"));
    for (const name of ["core.elf", "bug.log"]) file(`logs/${name}`, readFileSync(at(name)));
    const { code, err } = await kasan("triage", at("logs"), "-o", at("index"));
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("1 report of 1 bug") });
  });
});

describe("values that make no sense", () => {
  it.each([
    [["layout", "--kernel-share", "50"], /--kernel-share .*give --shadow-scheme per-page as well/],
    [["inspect", CORE, "ffff888000000000", "--access", "read:0"], /at least 1 byte/],
    [["layout", "--memory", "128T"], /kasan: 128T of memory; give whole megabytes, 16M to 64T/],
    [["run", NO_BUG, "--memory", "4G"], /a machine with 4G of memory; give whole megabytes, 16M to 2048M/],
  ])("%s", async (args, told) => expectTold(await kasan(...args), told));
});

/** Arguments of a row; shorter ones are filled up. */
const given = (args: readonly (string | undefined)[]): string[] => args.filter((arg) => arg !== undefined);

function end(child: ChildProcess): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve) => {
    child.on("close", (code) =>
      resolve({ code: code ?? -1, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}
