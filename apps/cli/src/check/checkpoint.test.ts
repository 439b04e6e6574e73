import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { Checker } from "@kasan/explore";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Checkpoint } from "./checkpoint.ts";
import type { CheckJob } from "./request.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "work.ckpt");

const scenarios = [[["allocate a 1", "use a"], ["purge"]]];
const JOBS: CheckJob[] = [{ data: { scheme: "lazy", architecture: "x86_64", setup: [], scenarios }, options: {} }];
const RESULT = new Checker(JOBS[0].data).run(0, {});

/** A checkpoint's file after one scenario. */
async function written(): Promise<Buffer> {
  rmSync(path, { force: true });
  await new Checkpoint(path, JOBS, 0).add(0, 0, RESULT);
  return readFileSync(path);
}

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "CHECKPOINT", message: expect.stringMatching(message) });

test("what was written is there again, for the same jobs alone", async () => {
  await written();
  expect(readdirSync(folder)).toEqual(["work.ckpt"]);
  expect(new Checkpoint(path, JOBS).result(0, 0)).toEqual(RESULT);
  expect(() => new Checkpoint(path, [...JOBS, ...JOBS])).toThrow(refused(/of other scenarios or options/));
  new Checkpoint(path, JOBS).remove();
  expect(existsSync(path)).toBe(false);
});

test("a damaged file is refused, wherever it is damaged", async () => {
  const whole = await written();
  const change = fc.oneof(
    fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
    fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const bytes = Buffer.from(whole);
      bytes[at] ^= by;
      return bytes;
    }),
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map((value) => serialize(value)),
  );
  fc.assert(
    fc.property(change, (bytes) => {
      writeFileSync(path, bytes);
      expect(() => new Checkpoint(path, JOBS)).toThrow(refused(/work.ckpt: no checkpoint of kasan check: /));
    }),
    { numRuns: 300 },
  );
});

test("where none can be written, that is said", async () => {
  const checkpoint = new Checkpoint(join(folder, "none", "work.ckpt"), JOBS, 0);
  await expect(checkpoint.add(0, 0, RESULT)).rejects.toEqual(
    refused(/work.ckpt: cannot be written: there is no such file or folder/),
  );
});
