import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { main } from "../src/index.ts";
import { readElfSymbols } from "../src/symbolize/elf-symbols.ts";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const LOG = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8");
const SCHEMA = publishedSchema("explain");
const { file, folder, remove } = scratch();
afterAll(remove);
const has = (command: string) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

/** Runs the command with a log as standard input. */
async function piped(log: string | Uint8Array, ...args: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const streams = { out: (text: string) => void out.push(text), err: () => {}, isTerminal: false };
  const code = await main(args, { ...streams, input: Readable.from([Buffer.from(log)]) });
  return { code, out: out.join("") };
}

describe("kasan explain", () => {
  test("explains a log, and says by its exit code that it found something", async () => {
    const { code, out } = await kasan("explain", file("dmesg.log", `before\n${LOG}after\n`));
    expect(code).toBe(1);
    expect(out).toContain("KASAN: slab-out-of-bounds Write in kunit_try_run_case");
    expect(out).toContain("Likely mistake");
    expect(out).not.toContain("\u001b");
  });

  test("a log without a report: exit code 0, and a word about it", async () => {
    const { code, out, err } = await kasan("explain", file("quiet.log", "usb 1-1: new device\n"));
    expect([code, out]).toEqual([0, ""]);
    expect(err).toContain("no KASAN report");
  });

  test("a log that is not there: exit code 2, and its name", async () => {
    const { code, err } = await kasan("explain", join(folder, "missing.log"));
    expect(code).toBe(2);
    expect(err).toMatch(/missing\.log: no such file/);
  });

  test("JSON keeps to the schema", async () => {
    const { code, out } = await kasan("explain", file("dmesg.log", LOG + LOG), "--format", "json");
    expect(code).toBe(1);
    const validate = new Ajv({ strict: true }).compile(SCHEMA);
    expect(validate(JSON.parse(out)), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.parse(out).reports).toHaveLength(2);
  });

  test.each(["html", "sarif"])("%s goes into a file", async (format) => {
    const output = join(folder, `out.${format}`);
    const { code, out } = await kasan("explain", file("dmesg.log", LOG), "--format", format, "-o", output);
    expect([code, out]).toEqual([1, ""]);
    expect(readFileSync(output, "utf8")).toContain("slab-out-of-bounds");
  });

  test.each<[string, Uint8Array]>([
    ["as it is", Buffer.from(LOG)],
    ["compressed by gzip", gzipSync(LOG)],
  ])("standard input, %s", async (_name, log) => {
    expect((await piped(log, "explain")).out).toContain("slab-out-of-bounds");
    expect((await piped(log, "explain", "-", "--format", "json")).code).toBe(1);
  });

  test.skipIf(!has("zstd"))("Zstandard (skipped without zstd to compress with)", async () => {
    const log = execFileSync("zstd", ["-qc"], { input: LOG });
    expect((await piped(log, "explain")).out).toContain("slab-out-of-bounds");
  });

  test("damaged compression is bad input", async () => {
    const log = gzipSync(LOG).subarray(0, 40);
    expect((await kasan("explain", file("cut.log.gz", log))).code).toBe(2);
  });

  test("colours on a terminal only", async () => {
    const out: string[] = [];
    const path = file("dmesg.log", LOG);
    const before = process.env.NO_COLOR;
    delete process.env.NO_COLOR;
    const streams = {
      out: (text: string) => void out.push(text),
      err: () => {},
      isTerminal: true,
      outIsTerminal: true,
    };
    await main(["explain", path], streams);
    if (before !== undefined) process.env.NO_COLOR = before;
    expect(out.join("")).toContain("\u001b[");
  });
});

describe("--vmlinux", () => {
  const source = `
    static inline __attribute__((always_inline)) void merged(volatile char *p) { p[9] = 1; }
    __attribute__((noinline)) void outer(volatile char *p) { merged(p); p[1] = 2; }
    int main(void) { char a[16]; outer(a); return 0; }
  `;

  test.skipIf(!has("cc") || !has("llvm-symbolizer"))(
    "adds lines and merged functions (skipped without cc and llvm-symbolizer)",
    async () => {
      const [code, vmlinux] = [file("bug.c", source), join(folder, "vmlinux")];
      execFileSync("cc", ["-O1", "-g", "-o", vmlinux, code]);
      const { size } = readElfSymbols(vmlinux).get("outer")![0];
      const log = LOG.replaceAll(/kmalloc_oob_right\+0x1c2\/0x5a2 \[kasan_test\]/g, `outer+0x1/0x${size.toString(16)}`);
      const { out } = await kasan("explain", file("dmesg.log", log), "--format", "json", "--vmlinux", vmlinux);
      const frames = JSON.parse(out).reports[0].callTrace as { function: string; file?: string; line?: number }[];
      expect(frames.find((frame) => frame.function === "outer")).toMatchObject({
        file: expect.stringMatching(/bug\.c$/),
        line: 3,
      });
      expect(frames.find((frame) => frame.function === "kthread")).not.toHaveProperty("file");

      // More than are symbolized together, in logs of their own.
      const mail = (i: number) => `From x@y Thu Jan  1 00:00:00 1970\nFrom: x@y\nMessage-ID: <${i}@x>\n\n${log}\n`;
      const mailbox = file("t.mbox", Array.from({ length: 300 }, (_, i) => mail(i)).join(""));
      const { reports } = JSON.parse((await kasan("explain", mailbox, "--format", "json", "--vmlinux", vmlinux)).out);
      type Report = { message: string; callTrace: object[] };
      expect(reports.map(({ message }: Report) => message)).toEqual(Array.from({ length: 300 }, (_, i) => `${i}@x`));
      expect(reports.every(({ callTrace }: Report) => callTrace.some((frame) => "file" in frame))).toBe(true);
    },
  );

  test("a file that is no kernel is bad input", async () => {
    const { code, err } = await kasan("explain", file("dmesg.log", LOG), "--vmlinux", file("vmlinux.txt", "hello"));
    expect(code).toBe(2);
    expect(err).toContain("ELF");
  });
});
