import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kasan, run } from "./harness.ts";

const examples = relative(process.cwd(), join(import.meta.dirname, "../../../examples"));
const folder = mkdtempSync(join(tmpdir(), "kasan-dump-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The row of shadow that a report points at, and the address of its first byte. */
function guiltyRow(log: string): { address: string; bytes: string } {
  const [, address, bytes] = /^\[.*\] >([0-9a-f]{16}): (.*)$/m.exec(log) as RegExpExecArray;
  return { address, bytes };
}

describe.each([
  ["x86-64", []],
  ["x86-64, 5 levels", ["--levels", "5"]],
  ["arm64", ["--arch", "arm64"]],
  ["arm64, 39 bits", ["--arch", "arm64", "--va-bits", "39"]],
  ["riscv64", ["--arch", "riscv64"]],
  ["riscv64, 3 levels", ["--arch", "riscv64", "--levels", "3"]],
  ["software tags", ["--arch", "arm64", "--mode", "sw_tags"]],
])("kasan run --dump: %s", (name, options) => {
  const file = join(folder, `${name}.elf`);
  let log = "";
  beforeAll(async () => {
    const { code, out } = await run(join(examples, "slab_use_after_free.c"), ...options, "--dump", file);
    expect(code).toBe(1);
    log = out;
  });

  it("the tables are found and listed, direct map and vmalloc space among them", async () => {
    const { code, out, err } = await kasan("ptdump", file);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/---\[ (Low Kernel Mapping|Linear [Mm]apping( start)?) \]---/);
    expect(out).toMatch(/---\[ vmalloc\(\) [Aa]rea \]---/);
  });

  it("the shadow that the report printed stands in the dump", async () => {
    const { address, bytes } = guiltyRow(log);
    const { code, out } = await kasan("inspect", file, address, "--format", "json");
    expect(code).toBe(0);
    const [{ shadow }] = JSON.parse(out).addresses;
    expect(shadow.bytes).toEqual([Number.parseInt(bytes.slice(0, 2), 16)]);
  });
});

it("with hardware tags, a pointer with its tag is followed to the memory, whose tags the dump does not have", async () => {
  const file = join(folder, "hardware tags.elf");
  const options = ["--arch", "arm64", "--mode", "hw_tags", "--dump", file];
  const { out: log } = await run(join(examples, "slab_use_after_free.c"), ...options);
  const [, pointer] = /at addr (f[0-9a-e]ff[0-9a-f]{12}) /.exec(log) as RegExpExecArray;
  const { code, out } = await kasan("inspect", file, pointer);
  expect(code).toBe(0);
  expect(out).toContain(`physical  0x${BigInt(`0x${pointer.slice(6)}`).toString(16)}: 2048K page, rw-, tagged`);
  expect(out).toContain("tags are in the hardware, not in the image");
});

it("a dump that cannot be written is said to be so", async () => {
  const { code, err } = await run(join(examples, "no_bug.c"), "--dump", join(folder, "none", "x.elf"));
  expect(code).toBe(2);
  expect(err).toMatch(/cannot be written/);
});
