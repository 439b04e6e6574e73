import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { breadthConfig } from "../../../../scripts/breadth/config.js";
import { type RunSettings, runFiles, withFiles } from "../harness.ts";
import { KERNEL_TREE, kernelFile } from "./source.ts";

/**
 * Modules of `examples/modules`: the type of the bug that each has, the function that it is in, a line of a run without it, and a file
 * of the kernel that is compiled in, where it is in a part of the source that is not unpacked for these tests.
 */
const MODULES: Record<string, { bug: string; settings?: RunSettings; says: string; needs?: string }> = {
  scratchdev: { bug: "slab-out-of-bounds in scratch_write", says: "13 words", needs: "drivers/char/misc.c" },
  ledbank: {
    bug: "slab-use-after-free in ledbank_probe",
    says: "bank 1: 7 lamps, lit: 0x55",
    needs: "drivers/base/platform.c",
  },
  station: { bug: "stack-out-of-bounds in station_name", says: "kitchen on channel 36, 2 rates" },
  minifs: { bug: "slab-out-of-bounds in minifs_read_entry", says: "notes: -117" },
  fingerprint: { bug: "invalid-free in key_free", says: "ba7816bf8f01cfea", needs: "crypto/shash.c" },
  pipeline: {
    bug: "slab-use-after-free in maker_thread",
    settings: { cpus: 2 },
    says: "40 jobs from CPU 0 to CPU 1, sum 2340",
  },
  leases: { bug: "global-out-of-bounds in lease_show", says: "printer         ended", needs: "fs/seq_file.c" },
  eventlog: { bug: "double-free in events_release", says: "dropped:", needs: "fs/seq_file.c" },
  link: { bug: "slab-use-after-free in link_timeout", says: "auth -> up" },
  ramdisk: {
    bug: "use-after-free in ramdisk_copy",
    settings: { autoFiles: 200 },
    says: "readme: all of this is in memory",
    needs: "block/bdev.c",
  },
  pktfilter: { bug: "slab-out-of-bounds in pkt_run", says: "whole packet: 1, cut packet: 0" },
};

const source = (name: string) =>
  fileURLToPath(new URL(`../../../../examples/modules/${name}/${name}.c`, import.meta.url));

/** Runs a module with the configuration that files of the kernel are compiled with elsewhere. */
async function run(name: string, defines: string[]) {
  return await withFiles({ ".config": breadthConfig() }, ([kernelConfig]) =>
    runFiles([source(name)], { kernelTree: KERNEL_TREE, kernelConfig, defines, ...MODULES[name].settings }),
  );
}

const bugs = (lines: string[]) => lines.flatMap((line) => /BUG: KASAN: (.* in \w+)\+0x/.exec(line)?.[1] ?? []);

describe("modules from outside the kernel's tree", () => {
  const runnable = Object.keys(MODULES).filter((name) => existsSync(kernelFile(MODULES[name].needs ?? "")));

  it.each(runnable)("%s: its bug, and nothing without it", { timeout: 600_000 }, async (name) => {
    const { bug, says } = MODULES[name];
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
    expect(fixed.lines.join("\n")).toContain(says);
  });
});
