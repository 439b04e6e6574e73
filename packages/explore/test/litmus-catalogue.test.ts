import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { parseLitmus, parseVerdicts, runLitmus } from "../src/index.ts";

/** herd7's catalogue, read in place: programs, and what the architectures' authors say of them. */
const CATALOGUE = new URL("../../../../shared/litmus/", import.meta.url);

const read = (path: string) => readFileSync(new URL(path, CATALOGUE), "utf8");

const tests = (folder: string): string[] =>
  (readdirSync(new URL(`${folder}/`, CATALOGUE), { recursive: true }) as string[])
    .filter((file) => file.endsWith(".litmus"))
    .map((file) => `${folder}/${file}`)
    .sort();

/** Tests whose verdict is another one, of those that have one. */
function others(folder: string, verdicts: string, ets2: boolean): { compared: number; others: string[] } {
  const known = parseVerdicts(read(verdicts));
  let compared = 0;
  const found: string[] = [];
  for (const path of tests(folder)) {
    const test = parseLitmus(read(path));
    const wanted = known.get(test.name) ?? known.get(basename(path, ".litmus"));
    if (wanted === undefined) continue;
    compared++;
    const { verdict } = runLitmus(test, { ets2 });
    if (verdict !== wanted) found.push(`${path}: ${wanted}, here ${verdict}`);
  }
  return { compared, others: found };
}

describe.skipIf(!existsSync(CATALOGUE))("litmus tests of others (skipped without ../shared/litmus)", () => {
  it.each([
    ["x86_64", "x86_64/kinds.txt", false, 28],
    ["aarch64-VMSA", "aarch64-VMSA/kinds.txt", false, 600],
    ["aarch64-VMSA", "aarch64-VMSA/VMSA-ETS2-kinds.txt", true, 600],
    ["aarch64-VMSA/newlob", "aarch64-VMSA/VMSA-newlob-kinds.txt", false, 15],
  ] as const)("%s agrees with %s", (folder, verdicts, ets2, least) => {
    const { compared, others: found } = others(folder, verdicts, ets2);
    expect(found).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(least);
  });

  it.each(existsSync(CATALOGUE) ? tests("aarch64-BBM") : [])("%s has the states that herd7 has", (path) => {
    const lines = read(`${path}.expected`).split("\n");
    const first = lines.findIndex((line) => line.startsWith("States "));
    const states = lines.slice(first + 1, first + 1 + Number(lines[first]?.slice(7)));
    const result = runLitmus(parseLitmus(read(path)));
    expect(result.states.map(({ text }) => text)).toEqual(states.map((line) => line.trim()).sort());
    expect(lines.find((line) => line.startsWith("Observation"))).toContain(` ${result.observation} `);
  });
});
