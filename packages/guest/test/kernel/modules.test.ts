import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { type RunSettings, runFiles, withFiles } from "../harness.ts";
import { KERNEL_TREE } from "./source.ts";

/** Modules of `examples/modules`: the type of the bug that each has, and the function that it is in. */
const MODULES: Record<string, { bug: string; settings?: RunSettings }> = {
  scratchdev: { bug: "slab-out-of-bounds in scratch_write" },
  ledbank: { bug: "slab-use-after-free in ledbank_probe" },
  station: { bug: "stack-out-of-bounds in station_name" },
  minifs: { bug: "slab-out-of-bounds in minifs_read_entry" },
  fingerprint: { bug: "invalid-free in key_free" },
  pipeline: { bug: "slab-use-after-free in maker_thread", settings: { cpus: 2 } },
  leases: { bug: "global-out-of-bounds in lease_show" },
  eventlog: { bug: "double-free in events_release" },
  link: { bug: "slab-use-after-free in link_timeout" },
  pktfilter: { bug: "slab-out-of-bounds in pkt_run" },
};

const source = (name: string) => fileURLToPath(new URL(`../../../../examples/modules/${name}/${name}.c`, import.meta.url));

/** Runs a module with the configuration that files of the kernel are compiled with elsewhere. */
async function run(name: string, defines: string[]) {
  return await withFiles({ ".config": breadthConfig() }, ([kernelConfig]) =>
    runFiles([source(name)], { kernelTree: KERNEL_TREE, kernelConfig, defines, ...MODULES[name].settings }),
  );
}

const bugs = (lines: string[]) => lines.flatMap((line) => /BUG: KASAN: (.* in \w+)\+0x/.exec(line)?.[1] ?? []);

describe("modules from outside the kernel's tree", () => {
  it.each(Object.keys(MODULES))("%s: its bug, and nothing without it", { timeout: 300_000 }, async (name) => {
    const { bug } = MODULES[name];
    const seeded = await run(name, ["SEEDED_BUG"]);
    expect(bugs(seeded.lines), seeded.lines.join("\n")).toEqual([bug]);
    expect(seeded.reports).toHaveLength(1);
    expect(seeded.stopped).toBeUndefined();

    const fixed = await run(name, []);
    const { result, warnings, stopped, reports } = fixed;
    expect({ result, warnings, stopped, reports: reports.length }, fixed.lines.join("\n")).toEqual({
      result: 0,
      warnings: 0,
      stopped: undefined,
      reports: 0,
    });
  });
});
