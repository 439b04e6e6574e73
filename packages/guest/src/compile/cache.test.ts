import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Cache } from "./cache.ts";

describe("a cache", () => {
  const folder = mkdtempSync(join(tmpdir(), "kasan-cache-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const cache = new Cache(folder);

  it("gives back what was put into it, and nothing else", async () => {
    await cache.put("some", Uint8Array.of(1, 2, 3));
    await cache.put("none", new Uint8Array());
    expect([await cache.get("some"), await cache.get("none"), await cache.get("other")]).toEqual([
      Uint8Array.of(1, 2, 3),
      new Uint8Array(),
      undefined,
    ]);
    expect(readdirSync(folder).sort()).toEqual(["none", "some"]);
  });

  it.each([
    ["emptied", () => new Uint8Array()],
    ["cut off", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ["changed", (bytes: Uint8Array) => bytes.map((byte, i) => (i === 1 ? byte ^ 1 : byte))],
  ])("does not have an entry that was %s", async (_, damage) => {
    const key = "damaged";
    await cache.put(key, Uint8Array.of(1, 2, 3));
    writeFileSync(join(folder, key), damage(Uint8Array.from(readFileSync(join(folder, key)))));
    expect(await cache.get(key)).toBeUndefined();
    await cache.put(key, Uint8Array.of(4));
    expect(await cache.get(key)).toEqual(Uint8Array.of(4));
  });
});
