import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CpuProfile } from "@kasan/guest";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { kasan, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterAll(remove);

/** Profiler.Profile of the DevTools protocol (js_protocol.pdl of V8), of which nothing else may be there. */
const SCHEMA = {
  type: "object",
  required: ["nodes", "startTime", "endTime", "samples", "timeDeltas"],
  additionalProperties: false,
  properties: {
    nodes: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["id", "callFrame", "hitCount"],
        additionalProperties: false,
        properties: {
          id: { type: "integer", minimum: 1 },
          callFrame: {
            type: "object",
            required: ["functionName", "scriptId", "url", "lineNumber", "columnNumber"],
            additionalProperties: false,
            properties: {
              functionName: { type: "string", minLength: 1 },
              scriptId: { type: "string" },
              url: { type: "string" },
              lineNumber: { type: "integer", minimum: -1 },
              columnNumber: { type: "integer", minimum: -1 },
            },
          },
          hitCount: { type: "integer", minimum: 0 },
          children: { type: "array", items: { type: "integer", minimum: 2 } },
        },
      },
    },
    startTime: { type: "number" },
    endTime: { type: "number" },
    samples: { type: "array", items: { type: "integer", minimum: 1 } },
    timeDeltas: { type: "array", items: { type: "integer" } },
  },
};
const isProfile = new Ajv({ strict: true }).compile(SCHEMA);

/** Reads a profile that holds together: each node but the root has one parent, and each sample a node. */
function read(path: string): CpuProfile {
  const profile = JSON.parse(readFileSync(path, "utf8")) as CpuProfile;
  expect(isProfile(profile), JSON.stringify(isProfile.errors)).toBe(true);
  const ids = profile.nodes.map(({ id }) => id);
  const children = profile.nodes.flatMap((node) => node.children ?? []);
  const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
  expect(ascending(children)).toEqual(ascending(ids.slice(1)));
  expect(profile.timeDeltas).toHaveLength(profile.samples.length);
  const taken = new Map<number, number>();
  for (const id of profile.samples) taken.set(id, (taken.get(id) ?? 0) + 1);
  for (const { id, hitCount } of profile.nodes) expect(hitCount).toBe(taken.get(id) ?? 0);
  return profile;
}

/** Functions by the samples that were taken in them, most first. */
function bySelf({ nodes }: CpuProfile): string[] {
  const samples = new Map<string, number>();
  for (const { callFrame, hitCount } of nodes)
    samples.set(callFrame.functionName, (samples.get(callFrame.functionName) ?? 0) + hitCount);
  return [...samples].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

const frameOf = ({ nodes }: CpuProfile, name: string) =>
  nodes.find(({ callFrame }) => callFrame.functionName === name)?.callFrame;

const HOT = `#include <linux/module.h>
#include <linux/slab.h>

static noinline int hot(volatile int *n)
{
	for (int i = 0; i < 40000000; i++)
		*n += i;
	return *n;
}

static int allocate(void)
{
	for (int i = 0; i < 2000; i++)
		kfree(kmalloc(100, GFP_KERNEL));
	return 0;
}

static int __init hot_init(void)
{
	int n = 0;

	return allocate() + (hot(&n) == 1);
}
module_init(hot_init);
`;
const ENDLESS = `#include <linux/module.h>
static noinline void spin(void) { volatile int n = 0; for (;;) n++; }
static int __init spin_init(void) { pr_info("spins\\n"); spin(); return 0; }
module_init(spin_init);
`;
const PANIC = ENDLESS.replace("for (;;) n++;", 'for (n = 0; n < 20000000; n++); panic("enough");');

/** Says so when it has spun long enough for most samples to be of that, on any machine. */
const TOLD = ENDLESS.replace("for (;;) n++;", 'for (;;) if (++n == 50000000) pr_info("has spun\\n");');

describe("kasan run --profile", () => {
  const profile = join(folder, "out.cpuprofile");

  it("shows the function in C that takes the time, with its source, and says so", async () => {
    const source = file("hot.c", HOT);
    const { code, err } = await kasan("run", source, "--profile", profile);
    expect([code, err]).toEqual([0, expect.stringMatching(/^kasan: profile in .*: \d+ samples in [\d.]+ s, hot \d/m)]);
    const made = read(profile);
    expect(bySelf(made)[0]).toBe("hot");
    expect(frameOf(made, "hot")).toMatchObject({ url: `file://${source}`, lineNumber: 4 });
    // Where the kernel's own time goes is below the function that C calls.
    const kmalloc = made.nodes.find(({ callFrame }) => callFrame.functionName === "kmalloc");
    const callers = made.nodes.filter(({ children }) => children?.includes(kmalloc?.id ?? 0));
    expect(callers.map(({ callFrame }) => callFrame.functionName)).toEqual(["hot_init"]);
    const below = made.nodes.filter(({ id }) => kmalloc?.children?.includes(id));
    expect(below.map(({ callFrame }) => callFrame.functionName).join()).toContain("[kernel]");
    expect(bySelf(made).join()).not.toMatch(/wasm-|-to-|__kasan_init/);
  });

  it.each([
    ["the guest's time is up", ENDLESS, ["--timeout", "1"], 3],
    ["the guest panics", PANIC, [], 3],
  ] as const)("is there if %s", async (what, source, flags, expected) => {
    const path = join(folder, `${what}.cpuprofile`);
    const { code } = await kasan("run", file(`${expected}.c`, source), "--no-locate", "--profile", path, ...flags);
    expect(code).toBe(expected);
    expect(bySelf(read(path))[0]).toBe("spin");
  });

  it("is there if Ctrl-C ends the guest, and only then is that no plain end", async () => {
    const path = join(folder, "interrupted.cpuprofile");
    const bin = new URL("../dist/bin.js", import.meta.url).pathname;
    const child = spawn(process.execPath, [bin, "run", file("endless.c", TOLD), "--profile", path]);
    let [out, err] = ["", ""];
    child.stderr.on("data", (text) => {
      err += text;
    });
    const ended = once(child, "exit");
    child.stdout.setEncoding("utf8");
    while (!out.includes("has spun")) out += (await once(child.stdout, "data"))[0];
    expect(existsSync(path)).toBe(false);
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(err).toMatch(/^kasan: profile in .*, spin \d.*\nkasan: Ctrl-C ended the guest\n$/);
    expect(frameOf(read(path), "spin")).toMatchObject({ lineNumber: 1 });
  });
});
