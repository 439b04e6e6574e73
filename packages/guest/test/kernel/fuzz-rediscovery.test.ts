import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { Fuzzer, type Target } from "@kasan/fuzz";
import { describe, expect, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { type FuzzFailure, FuzzSession } from "../../src/index.ts";
import { fuzzOptions } from "../fuzz-options.ts";
import { withFiles } from "../harness.ts";
import { includesOf, REDISCOVERIES, type Rediscovery } from "./rediscovery/cases.ts";
import { KERNEL_TREE, kernelFile } from "./source.ts";

/** A file of the source as it was before a fix. */
function before({ file, undo }: Rediscovery): string {
  return undo.reduce(
    (text, [now, then]) => {
      const parts = text.split(now);
      if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once: ${now}`);
      return parts.join(then);
    },
    readFileSync(kernelFile(file), "utf8"),
  );
}

/** What happened, and in which function: `slab-out-of-bounds in parse`, `BUG: unable to handle page fault … in parse`. */
function bugOf({ log }: FuzzFailure): string {
  const lines = log.map(({ text }) => text);
  const report = lines.map((line) => /BUG: KASAN: (\S+ in \w+)/.exec(line)).find((match) => match);
  if (report) return report[1];
  const what = lines.find((line) => /^(BUG: |Oops|general protection)/.test(line)) ?? "nothing";
  const where = lines.map((line) => /RIP: 0010:(\w+)/.exec(line)).find((match) => match);
  return `${what} in ${where?.[1]}`;
}

async function open(bug: Rediscovery): Promise<FuzzSession> {
  const files = {
    "target.c": bug.target,
    [basename(bug.file)]: before(bug),
    ".config": breadthConfig(),
  };
  return await withFiles(files, ([target, file, config]) => {
    const options = fuzzOptions(bug.included ? [target] : [target, file]);
    const compile = { ...options.compile, includes: includesOf(bug) };
    return FuzzSession.open({ ...options, compile, tree: { folder: KERNEL_TREE, config, autoFiles: bug.pulled ?? 0 } });
  });
}

/** With a part of a source, some cases are enough, and files of others are not there. */
const whole = existsSync(kernelFile("fs/isofs"));

describe("a fuzzer finds bugs again that the kernel once had", () => {
  const names = Object.keys(REDISCOVERIES).filter((name) => whole || REDISCOVERIES[name].quick);
  it.each(names)("%s", { timeout: 300_000 }, async (name) => {
    const bug = REDISCOVERIES[name];
    const session = await open(bug);
    try {
      const target: Target = (input) => {
        const { counters, comparisons, failure } = session.run(input);
        if (!failure) return { counters, comparisons };
        return { counters, comparisons, failure: { key: bugOf(failure), title: bugOf(failure) } };
      };
      expect(target(bug.smallest).failure?.title).toMatch(bug.bug);
      const fuzzer = new Fuzzer(target, { seed: 1 });
      const found = () => fuzzer.findings.find(({ title }) => bug.bug.test(title));
      fuzzer.run({ executions: bug.executions, until: () => found() !== undefined });
      expect(found(), `${bug.executions} inputs do not lead to ${bug.bug}`).toBeDefined();
      expect(found()?.input.length).toBeLessThanOrEqual(2 * bug.smallest.length);
    } finally {
      session.close();
    }
  });
});
