import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { readJournal } from "../src/logs/journal.ts";
import { kasan, scratch } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const OOB = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8");
const UAF = readFileSync(new URL("slab-use-after-free-irq.txt", DATA), "utf8");
const { file, folder, remove } = scratch();
afterAll(remove);

/** What is read of an input, but for the numbers of its lines. */
async function read(path: string): Promise<object[]> {
  const { out, err } = await kasan("explain", path, "--format", "json");
  expect(err).toBe("");
  return JSON.parse(out, (key, value) => (key === "line" ? undefined : value)).reports;
}
const OOB_READ = await read(file("oob.log", OOB));
const UAF_READ = await read(file("uaf.log", UAF));

/** A folder with files, at a place of its own. */
function folderOf(name: string, files: Record<string, string | Uint8Array>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [one, content] of Object.entries(files)) writeFileSync(join(path, one), content);
  return path;
}

const linesOf = (log: string): string[] => log.trimEnd().split("\n");
/** The parts of a log, the oldest first, as pstore heads them: the last is part 1. */
function partsOf(log: string, dump: string, count: number): string[] {
  const lines = linesOf(log).map((line) => `<3>${line}`);
  const size = Math.ceil(lines.length / count);
  return Array.from(
    { length: count },
    (_, i) => `${dump} Part${count - i}\n${lines.slice(i * size, (i + 1) * size).join("\n")}\n`,
  );
}

describe("pstore", () => {
  test("EFI's parts are put together, the oldest first, each dump for itself", async () => {
    const files: Record<string, string> = {};
    for (const [time, log] of [
      ["1700000000", OOB],
      ["1700000500", UAF],
    ] as const) {
      for (const [i, part] of partsOf(log, "Oops#1", 3).entries()) files[`dmesg-efi-${time}0${3 - i}001`] = part;
    }
    expect(await read(folderOf("efi", files))).toEqual([...OOB_READ, ...UAF_READ]);
  });

  test("ramoops numbers its records; what was compressed is decompressed; consoles are read, traces of functions are not", async () => {
    const [older, newer] = partsOf(OOB, "Panic#2", 2);
    const path = folderOf("ramoops", {
      "dmesg-ramoops-0.enc.z": deflateRawSync(newer!),
      "dmesg-ramoops-1.enc.z": deflateRawSync(older!),
      "console-ramoops-0": `${UAF}\nNo errors detected\n`,
      "ftrace-ramoops-0": OOB,
    });
    expect(await read(path)).toEqual([...OOB_READ, ...UAF_READ]);
  });

  test("a damaged part is said", async () => {
    const path = folderOf("damaged", { "dmesg-ramoops-0.enc.z": "no deflate" });
    const { code, err } = await kasan("explain", path);
    expect(code).toBe(2);
    expect(err).toMatch(/dmesg-ramoops-0\.enc\.z: cannot be read/);
  });
});

test("a crash of syzkaller's: a report says nothing that its log does not say", async () => {
  const path = folderOf("crash", {
    description: "KASAN: something\n",
    log0: OOB,
    report0: OOB,
    report1: UAF,
    "repro.c": `/* ${OOB} */`,
    machineInfo0: "none",
  });
  expect(await read(path)).toEqual([...OOB_READ, ...UAF_READ]);
  const { err } = await kasan("triage", path, "-o", join(folder, "crashes"));
  expect(err).toContain("2 logs read, 2 reports of 2 bugs");
});

/** A mail of a list. */
const mail = (id: string, body: string) =>
  `From: Fuzzer <fuzzer@example.org>\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <${id}>\nSubject: a report\n\n${body}`;

/** A repository whose commits each set files. */
function repository(path: string, commits: readonly (readonly [name: string, content: string])[]): string {
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=master", path]);
  const stream = commits.map(
    ([name, content], i) =>
      `commit refs/heads/master\ncommitter a <a@example.org> ${1_700_000_000 + i} +0000\ndata 0\n` +
      `${name === "d" ? "D m\n" : ""}M 100644 inline ${name}\ndata ${Buffer.byteLength(content)}\n${content}\n`,
  );
  execFileSync("git", [`--git-dir=${path}`, "fast-import", "--quiet"], { input: stream.join("") });
  return path;
}

describe("a public inbox", () => {
  const SPAM = mail("spam@x", UAF);

  test("in its second format: the mails of all epochs, the oldest first, without those taken out", async () => {
    const inbox = join(folder, "list");
    mkdirSync(join(inbox, "git"), { recursive: true });
    repository(join(inbox, "all.git"), [["m", "never read"]]);
    repository(join(inbox, "git", "10.git"), [["m", mail("last@x", OOB)]]);
    const first = repository(join(inbox, "git", "9.git"), [
      ["m", mail("first@x", UAF)],
      ["m", SPAM],
      ["m", mail("empty@x", "")],
      ["d", SPAM],
    ]);
    const mails = (out: string) => out.match(/^Mail \S*/gm);
    expect(mails((await kasan("explain", inbox)).out)).toEqual(["Mail first@x,", "Mail last@x,"]);
    const clone = join(folder, "clone");
    execFileSync("git", ["clone", "--quiet", first, clone]);
    for (const path of [first, clone]) expect(mails((await kasan("explain", path)).out)).toEqual(["Mail first@x,"]);
    const out = join(folder, "inbox-out");
    expect((await kasan("triage", inbox, "-o", out)).err).toContain("2 logs read, 2 reports of 2 bugs");
    expect((await kasan("triage", inbox, "-o", out)).err).toContain("0 logs read (2 known)");
  });

  test("in its first format", async () => {
    const path = repository(join(folder, "v1.git"), [
      [`aa/${"1".repeat(38)}`, mail("one@x", OOB)],
      [`bb/${"2".repeat(38)}`, mail("two@x", UAF)],
    ]);
    expect((await kasan("explain", path)).out.match(/^Mail \S*/gm)).toEqual(["Mail one@x,", "Mail two@x,"]);
  });

  test("another repository is none", async () => {
    const path = repository(join(folder, "code.git"), [["main.c", OOB]]);
    expect((await kasan("explain", path)).err).toContain("is a folder");
  });
});

describe("journalctl -o export", () => {
  const entry = (fields: Record<string, string>) =>
    Buffer.concat([
      ...Object.entries(fields).map(([name, value]) => {
        if (!value.includes("\n")) return Buffer.from(`${name}=${value}\n`);
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
        return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
      }),
      Buffer.from("\n"),
    ]);
  /** A log as the journal has it. */
  const journal = (log: string) => {
    return Buffer.concat(
      linesOf(log).map((text, i) =>
        entry({
          __CURSOR: `s=1;i=${i}`,
          __MONOTONIC_TIMESTAMP: "1",
          _TRANSPORT: "kernel",
          MESSAGE: text,
          _SOURCE_MONOTONIC_TIMESTAMP: String(12_500_000 + i),
        }),
      ),
    );
  };

  test("is read as the console's log", async () => {
    expect(await read(file("oob.journal", journal(OOB)))).toEqual(OOB_READ);
  });

  test("in pieces of any size: messages of several lines, of programs, and without end", async () => {
    const bytes = Buffer.concat([
      entry({ __CURSOR: "a", MESSAGE: "one\n two", __MONOTONIC_TIMESTAMP: "1500000" }),
      entry({ __CURSOR: "b", MESSAGE: "hello", _TRANSPORT: "stdout", SYSLOG_IDENTIFIER: "sh" }),
      entry({ __CURSOR: "c", BINARY: "x\n".repeat(600_000), MESSAGE: "three" }),
      entry({ __CURSOR: "d", PRIORITY: "3" }),
      Buffer.from("__CURSOR=e\nMESSAGE=last"),
    ]);
    for (const size of [7, 4096, bytes.length]) {
      expect(await journalLog(bytes, size)).toBe("[    1.500000] one\n two\nsh: hello\nthree\nlast\n");
    }
  });

  test("a length that lies ends nothing but the entry", async () => {
    const lie = Buffer.concat([Buffer.from("__CURSOR=a\nMESSAGE\n"), Buffer.alloc(8, 0xff), Buffer.from("x\n\n")]);
    expect(await journalLog(lie, 5)).toBe("");
  });
});

async function journalLog(bytes: Buffer, size: number): Promise<string> {
  const log: string[] = [];
  await readJournal(pieces(bytes, size), { push: (text) => void log.push(text.toString()), end: () => {} });
  return log.join("");
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
