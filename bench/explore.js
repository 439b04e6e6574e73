/**
 * How fast interleavings are explored: the classic race from the command line, process start included; three populates and two
 * releases, exhausted, with the reduction and, for comparison in the same run, without; and the rate on a long search.
 *
 *     node bench/explore.js
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Explorer, makeScenario } from "@kasan/explore";

const kasan = join(import.meta.dirname, "../apps/cli/bin/kasan.js");
const before = performance.now();
const args = [kasan, "check", "populate-release-race", "--arch", "x86", "--first", "--jobs", "1"];
const { status } = spawnSync(process.execPath, args);
const found = status === 1 ? "found" : "NOT FOUND";
console.log(
  `2 populates, 1 release, ${found} from the command line: ${((performance.now() - before) / 1000).toFixed(2)} s`,
);

const machine = (scheme) =>
  new Explorer(
    makeScenario({
      scheme,
      architecture: "x86",
      setup: ["allocate z 1", "free z", "allocate y 1"],
      programs: [["allocate a 1"], ["allocate b 1"], ["allocate c 1"], ["purge"], ["free y", "purge"]],
    }),
  );
const report = (what, { outcome, states, steps, time }) => {
  const rate = (count) => `${Math.round(count / time)}k/s`;
  const seconds = (time / 1000).toFixed(2);
  console.log(`${what}: ${outcome}, ${states} states (${rate(states)}), ${steps} steps (${rate(steps)}), ${seconds} s`);
  return steps;
};
for (const scheme of ["lazy", "refcount", "poison"]) {
  const reduced = report(`${scheme}, 3 populates and 2 releases`, machine(scheme).search());
  if (scheme !== "lazy") continue;
  const full = report(
    `${scheme}, the same without reduction`,
    machine(scheme).search({ reduction: false, memory: 4e9 }),
  );
  console.log(`  ${(full / reduced).toFixed(1)} times the steps`);
}
report("a long search", machine("unlocked-count").search({ memory: 5e8, stopAtFirst: false }));
