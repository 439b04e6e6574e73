import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "../src/index.ts";
import { ProgressLine } from "../src/output.ts";
import { kasan, scratch } from "./harness.ts";

const COMMANDS = [
  ["run"],
  ["fuzz"],
  ["layout"],
  ["compare-shadow"],
  ["compare-modes"],
  ["bench", "vmalloc"],
  ["replay"],
  ["check"],
  ["explain"],
  ["triage"],
  ["ptdump"],
  ["inspect"],
  ["dmesg"],
  ["shell"],
  ["init"],
  ["doctor"],
  ["functions"],
];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** Runs the command as if both streams were terminals. */
async function onTerminal(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const parts = { out: [] as string[], err: [] as string[] };
  const code = await main(args, {
    out: (text) => void parts.out.push(text),
    err: (text) => void parts.err.push(text),
    isTerminal: true,
    outIsTerminal: true,
  });
  return { code, out: parts.out.join(""), err: parts.err.join("") };
}

describe("help", () => {
  it("lists all commands", async () => {
    const { code, out } = await kasan("--help");
    expect(code).toBe(0);
    for (const [name] of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(await kasan("help")).toEqual({ code, out, err: "" });
  });

  it.each(COMMANDS)("of %s %s: every argument and option is described, and the same everywhere", async (...names) => {
    const words = names.filter((name) => name !== undefined);
    const { code, out } = await kasan(...words, "--help");
    expect(code).toBe(0);
    expect(await kasan("help", ...words)).toEqual({ code, out, err: "" });
    const sections = out.split(/^(?=\S.*:$)/m);
    const entries = sections
      .filter((text) => /^(?:Arguments|Options):/.test(text))
      .flatMap((text) => text.split(/^(?= {2}\S)/m).slice(1));
    expect(entries.length).toBeGreaterThan(2);
    for (const entry of entries) expect(entry).toMatch(/^ {2}\S.*?(?: {2,}|\n +)\S/);
    expect(out).toMatch(/--color <when>[\s\S]*-q, --quiet/);
    expect(out).toMatch(/^Takes .*\nExit codes: 0 /m);
  });

  it.each([
    [["help", "nofoo"], "kasan: unknown command 'nofoo'\n"],
    [["help", "layuot"], "kasan: unknown command 'layuot' (did you mean layout?)\n"],
    [["help", "bench", "vmaloc"], "kasan: unknown command 'bench vmaloc' (did you mean vmalloc?)\n"],
    [["nofoo"], "kasan: unknown command 'nofoo'\n"],
    [["layout", "--nofoo"], "kasan: unknown option '--nofoo'\n"],
    [["run"], "kasan: missing required argument 'file'\n"],
    [["explain", "missing"], "kasan: missing: no such file\n"],
  ])("%s: errors begin alike", async (args, err) => {
    expect(await kasan(...args)).toEqual({ code: 2, out: "", err });
  });
});

describe("completion", () => {
  const asked = async (...words: string[]) => (await kasan("complete", "--", ...words)).out.trimEnd().split("\n");
  const names = async (...words: string[]) => (await asked(...words)).slice(0, -1).map((line) => line.split("\t")[0]);

  it("offers schemes, names of flags, and their values", async () => {
    expect(await names("check", "")).toEqual(
      expect.arrayContaining(["lazy", "per-page", "unlocked-count", "all", "variants"]),
    );
    expect(await names("run", "--mod")).toEqual(["--mode"]);
    expect(await names("run", "--mode", "sw")).toEqual(["sw_tags"]);
    expect(await names("explain", "--color", "")).toEqual(["auto", "always", "never"]);
  });

  it("leaves files to the shell", async () => expect(await asked("explain", "")).toEqual([":0"]));

  it("for bash can be sourced twice, and completes", async () => {
    const { folder, file, remove } = scratch();
    file("complete.bash", (await kasan("complete", "bash")).out);
    const script = `
      kasan() { printf 'lazy\\tx\\nlast\\tx\\n:4\\n'; }
      _get_comp_words_by_ref() { cur=la prev=check words=(kasan check la) cword=2; }
      compopt() { :; }
      source ./complete.bash; source ./complete.bash
      __kasan_complete; echo "\${COMPREPLY[*]}"; complete -p kasan`;
    const out = execFileSync("bash", ["-ec", script], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    remove();
    expect(out).toBe("lazy last\ncomplete -o bashdefault -o default -F __kasan_complete kasan\n");
  });

  it("in another shell that there is not is refused", async () => {
    expect((await kasan("complete", "nosh")).err).toMatch(/^kasan: .*zsh, bash, fish/);
  });
});

describe("colours", () => {
  const COLOUR = "\x1b[1m";
  it.each([
    ["on a terminal", {}, [], true],
    ["with NO_COLOR", { NO_COLOR: "1" }, [], false],
    ["on a dumb terminal", { TERM: "dumb" }, [], false],
    ["with --color never", { FORCE_COLOR: "1" }, ["--color", "never"], false],
    ["with NO_COLOR and --color always", { NO_COLOR: "1" }, ["--color", "always"], true],
  ])("%s", async (_what, env, flags, coloured) => {
    for (const name of ["NO_COLOR", "FORCE_COLOR", "TERM"]) vi.stubEnv(name, "");
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect((await onTerminal("layout", ...flags)).out.includes(COLOUR)).toBe(coloured);
    expect((await onTerminal("layout", ...flags, "--help")).out.includes(COLOUR)).toBe(coloured);
    expect((await onTerminal("explain", "missing", ...flags)).err.includes("\x1b[31mkasan:")).toBe(coloured);
  });

  it("no terminal: only if they are forced", async () => {
    vi.stubEnv("FORCE_COLOR", "");
    expect((await kasan("layout")).out).not.toContain(COLOUR);
    expect((await kasan("layout", "--color", "always")).out).toContain(COLOUR);
    vi.stubEnv("FORCE_COLOR", "1");
    expect((await kasan("layout")).out).toContain(COLOUR);
    vi.stubEnv("FORCE_COLOR", "0");
    expect((await onTerminal("layout")).out).not.toContain(COLOUR);
  });
});

describe("progress", () => {
  const lineTo = (streams: { isTerminal: boolean; quiet?: boolean }) => {
    const told: string[] = [];
    const line = new ProgressLine({ out: () => {}, err: (text) => void told.push(text), ...streams });
    return { told, line };
  };

  it("takes one line of a terminal, which goes away", () => {
    const { told, line } = lineTo({ isTerminal: true });
    line.show("one");
    line.clear();
    expect(told).toEqual(["\r\x1b[Kone …", "\r\x1b[K"]);
  });

  it("is a line every 10 s elsewhere, also while nothing new is said", () => {
    vi.useFakeTimers();
    const { told, line } = lineTo({ isTerminal: false });
    for (const what of ["one", "two"]) line.show(what);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(25_000);
    expect(told).toEqual(["kasan: two …\n", "kasan: two …\n"]);
    line.clear();
    vi.advanceTimersByTime(25_000);
    expect(told).toHaveLength(2);
    line.show("three");
    expect(told).toEqual(["kasan: two …\n", "kasan: two …\n", "kasan: three …\n"]);
    line.clear();
  });

  it.each([true, false])("--quiet: there is none, whether there is a terminal (%s)", (isTerminal) => {
    vi.useFakeTimers();
    const { told, line } = lineTo({ isTerminal, quiet: true });
    line.show("one");
    vi.advanceTimersByTime(25_000);
    line.clear();
    expect(told).toEqual([]);
  });

  it("--quiet leaves out summaries, not what is wrong", async () => {
    const { file, remove } = scratch();
    const quiet = file("quiet.log", "nothing\n");
    const end = file("end.log", "The buggy address belongs to the object at ffff888000000000\n");
    expect(await kasan("explain", quiet, "-q")).toEqual({ code: 0, out: "", err: "" });
    expect((await kasan("explain", end, "--quiet")).err).toMatch(/^kasan: line 1 is from the end of a KASAN report/);
    remove();
  });
});
