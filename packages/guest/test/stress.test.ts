import { fileURLToPath } from "node:url";
import { SCHEMES } from "@kasan/vmalloc";
import { describe, expect, it } from "vitest";
import { runFiles } from "./harness.ts";

const STRESS = fileURLToPath(new URL("./stress/stress.c", import.meta.url));
/** How often each thread does something; KASAN_STRESS_LOOPS=200000 makes it a minute or so for each scheme. */
const LOOPS = Number(process.env.KASAN_STRESS_LOOPS ?? 1500);
const SEED = Number(process.env.KASAN_STRESS_SEED ?? 1);

/** Runs the stress program. */
const stress = (vmallocShadow: string, cpus: number, loops = LOOPS) =>
  runFiles([STRESS], {
    cpus,
    vmallocShadow,
    memoryBytes: 128 * 2 ** 20,
    timeout: 30 + loops / 500,
    parameters: [
      ["loops", String(loops)],
      ["workers", String(cpus + 1)],
      ["seed", String(SEED)],
    ],
  });

describe("several CPUs at work on memory", () => {
  it.each(Object.keys(SCHEMES).map((scheme, i) => [scheme, 2 + (i % 3)] as const))(
    "%s, %d CPUs: nothing is lost, nothing is reported",
    async (scheme, cpus) => {
      const { lines, reports, stopped, result } = await stress(scheme, cpus);
      expect(reports).toEqual([]);
      expect(stopped).toBeUndefined();
      expect(result).toBe(0);
      expect(lines.filter((line) => line.startsWith("> "))).toEqual([
        `> ${LOOPS * (cpus + 1)} operations, 0 wrong`,
        "> some work, some rcu, some timers, short of memory 0 times",
      ]);
    },
    600_000,
  );
});
