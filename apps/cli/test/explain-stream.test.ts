import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, test, vi } from "vitest";
import { main } from "../src/index.ts";
import { PartedOutput } from "../src/parted-output.ts";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const [OOB, UAF] = ["slab-out-of-bounds.txt", "slab-use-after-free-irq.txt"].map((name) =>
  readFileSync(new URL(name, DATA), "utf8"),
);
const { file, folder, remove } = scratch();
afterAll(remove);
const FORMATS = ["text", "html", "json", "sarif", "markdown", "kcidb"];
const KCIDB = ["--kcidb-origin", "our_ci", "--kcidb-build", "their_ci:1"];
const options = (format: string) => ["--format", format, ...(format === "kcidb" ? KCIDB : [])];

/** Reports back to back, one piece of a log after the other, and how much of it was taken. */
class EndlessLog {
  taken = 0;
  private stopped = false;

  stop(): void {
    this.stopped = true;
  }

  async *pieces(bytes: number): AsyncGenerator<Buffer> {
    const piece = Buffer.from((OOB + UAF).repeat(16));
    while (!this.stopped && this.taken < bytes) {
      this.taken += piece.length;
      yield piece;
    }
  }
}

describe.each(FORMATS)("%s", (format) => {
  test("a file has what standard output has", async () => {
    const [log, output] = [file("dmesg.log", OOB + UAF), join(folder, `out.${format}`)];
    const { code, out } = await kasan("explain", log, ...options(format));
    expect(code).toBe(1);
    expect(await kasan("explain", log, ...options(format), "-o", output)).toEqual({ code, out: "", err: "" });
    expect(readFileSync(output, "utf8")).toBe(out);
  });

  test("many megabytes: what is not written yet does not grow with the log", async () => {
    const log = new EndlessLog();
    let [pending, most, total] = [0, 0, 0];
    const streams = {
      out: (text: string) => {
        pending += text.length;
        total += text.length;
        most = Math.max(most, pending);
      },
      drained: async () => {
        pending = 0;
      },
      err: () => {},
      isTerminal: false,
      input: Readable.from(log.pieces(4e6), { highWaterMark: 1 }),
    };
    expect(await main(["explain", "-", ...options(format)], streams)).toBe(1);
    expect(most).toBeLessThan(2e6);
    if (format !== "kcidb") expect(total).toBeGreaterThan(4 * most);
  });

  test("an output that takes no more stops the reading", async () => {
    if (format === "html" || format === "kcidb") return;
    const log = new EndlessLog();
    let full = () => {};
    const stuck = new Promise<void>((resolve) => {
      full = resolve;
    });
    let go = () => {};
    const free = new Promise<void>((resolve) => {
      go = resolve;
    });
    const streams = {
      out: () => {},
      drained: () => {
        full();
        return free;
      },
      err: () => {},
      isTerminal: false,
      input: Readable.from(log.pieces(1e9), { highWaterMark: 1 }),
    };
    const running = main(["explain", "-", ...options(format)], streams);
    await stuck;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(log.taken).toBeLessThan(2e6);
    log.stop();
    go();
    expect(await running).toBe(1);
  });
});

describe("-o", () => {
  const files = () => readdirSync(folder).sort();

  test("an input that breaks off leaves what was there, and nothing else", async () => {
    const output = join(folder, "kept.json");
    writeFileSync(output, "before");
    const packed = gzipSync((OOB + UAF).repeat(200));
    const damaged = file("damaged.gz", packed.subarray(0, packed.length / 2));
    const before = files();
    const { code, err } = await kasan("explain", damaged, "--format", "json", "-o", output);
    expect([code, err]).toEqual([2, expect.stringContaining("damaged.gz: cannot be read")]);
    expect(readFileSync(output, "utf8")).toBe("before");
    expect(files()).toEqual(before);
  });

  test("a file that cannot be written is refused before the log is read", async () => {
    const log = new EndlessLog();
    const err = vi.fn();
    const input = Readable.from(log.pieces(1e6), { highWaterMark: 1 });
    const args = ["explain", "-", "-o", join(folder, "missing", "out.txt")];
    expect(await main(args, { out: () => {}, err, isTerminal: false, input })).toBe(2);
    expect(err.mock.calls.join()).toContain("cannot be written");
    expect(log.taken).toBeLessThan(1e6);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s leaves nothing", async (signal) => {
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const before = files();
    const child = spawn(process.execPath, [bin, "explain", "--format", "json", "-o", join(folder, "never.json")], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = once(child, "exit");
    child.stdin.on("error", () => {});
    child.stdin.write(OOB + UAF);
    await vi.waitFor(() => expect(files()).toHaveLength(before.length + 1), { timeout: 200_000 });
    child.kill(signal);
    expect((await ended)[1]).toBe(signal);
    expect(files()).toEqual(before);
  });
});

test("each report of a mail names it in JSON and SARIF, which keeps to the schema", async () => {
  const head = "From: a@x\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <second@x>\nReferences: <first@x>\n\n";
  const mail = file("a.eml", head + OOB);
  const json = JSON.parse((await kasan("explain", mail, "--format", "json")).out);
  const validate = new Ajv({ strict: true }).compile(publishedSchema("explain"));
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  expect(json.reports).toMatchObject([{ message: "second@x", thread: "first@x" }]);
  const sarif = JSON.parse((await kasan("explain", mail, "--format", "sarif")).out);
  expect(sarif.runs[0].results).toMatchObject([{ properties: { message: "second@x", thread: "first@x" } }]);
});

describe("output in parts", () => {
  test("comes part by part, however large the later ones are", async () => {
    let written = "";
    const out = (text: string) => {
      written += text;
    };
    const output = await PartedOutput.open(undefined, { out, err: () => {}, isTerminal: false });
    const expected = ["", "", ""];
    for (let i = 0; i < 40; i++) {
      for (const part of [2, 0, 1]) {
        const text = `${part}:${i} ä\ud83d\ude00 ${"x".repeat(100_000)}\n`;
        expected[part] += text;
        output.write(text, part);
      }
      await output.ready();
      expect(written).toBe(expected[0]);
    }
    await output.end();
    expect(written === expected.join("")).toBe(true);
  });
});
