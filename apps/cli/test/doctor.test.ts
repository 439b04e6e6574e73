import { afterEach, expect, test, vi } from "vitest";
import { isAtLeast } from "../src/doctor/findings.ts";
import { kasan, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterEach(() => vi.unstubAllEnvs());

test("all that is installed here works", async () => {
  vi.stubEnv("PATH", folder);
  const { code, out } = await kasan("doctor");
  expect(out).toContain(`ok      Node.js: ${process.versions.node}`);
  expect(out).toMatch(/^ok {6}clang and the machine: .*KASAN found its bug, in [\d.]+ m?s$/m);
  expect(out).toMatch(/^ok {6}libsql: /m);
  // Nothing is on the path.
  expect(out).toMatch(/^absent {2}llvm-symbolizer: explain --vmlinux/m);
  expect(code).toBe(0);
});

test("a cache that cannot be written is no fault, but told", async () => {
  vi.stubEnv("KASAN_CACHE_DIR", `${file("no-folder", "")}/cache`);
  const { code, out } = await kasan("doctor");
  expect(out).toMatch(/^absent {2}cache of compiled modules: .*KASAN_CACHE_DIR names another folder$/m);
  expect(code).toBe(0);
  remove();
});

test.each([
  ["20.19.1", "20.19", true],
  ["20.19.0", "20.19", true],
  ["20.18.3", "20.19", false],
  ["22.0.0", "20.19", true],
  ["18.20.4", "20.19", false],
  ["20.9.0", "20.19", false],
])("Node %s, where %s is needed: %s", (version, least, enough) => expect(isAtLeast(version, least)).toBe(enough));
