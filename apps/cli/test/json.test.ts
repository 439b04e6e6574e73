import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { kasan, publishedSchema, scratch } from "./harness.ts";

/** All JSON that a command writes says the version of its form, and fits the schema of that name. */
const { folder, file, remove } = scratch();
afterAll(remove);

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const UAF = join(EXAMPLES, "slab_use_after_free.c");
const LOG = join(EXAMPLES, "slab_use_after_free.txt");
const CORE = join(folder, "core.elf");
const KERNEL = join(import.meta.dirname, "../../../packages/image/test/riscv64-kernel.elf.zst");
const RACE = join(folder, "race.json");
const TRACE = file(
  "trace.txt",
  " a-1 [000] ..... 1.000000: alloc_vmap_area: va_start: 18446683600570023936 size=8192 align=4096 vstart=18446683600570023936 vend=18446718784707231743 failed=0\n",
);
const LITMUS = file("MP.litmus", "AArch64 A\n{ 0:X1=x; }\n P0 ;\n LDR X0,[X1] ;\nforall (0:X0=0)\n");
const HARNESS = file(
  "harness.c",
  "#include <linux/kfuzztest.h>\nFUZZ_TEST_SIMPLE(first) { return datalen > 1 && data[0] == 'x'; }\n",
);
const FUZZ = ["fuzz", HARNESS, "--findings", join(folder, "findings")];
const CHECK = ["check", "unlocked-count", "--arch", "arm64"];

/** A command for each schema; `bench vmalloc` needs the kernel's source, and has a test of its own. */
const COMMANDS: readonly [schema: string, args: string[]][] = [
  ["run", ["run", UAF]],
  ["fuzz", [...FUZZ, "--runs", "20"]],
  ["fuzz-list", [...FUZZ, "--list"]],
  ["layout", ["layout", "--shadow-scheme", "per-page"]],
  ["compare-shadow", ["compare-shadow", UAF, "--vmalloc-shadow", "lazy"]],
  ["compare-page-shadow", ["compare-shadow", UAF, "--shadow-scheme", "per-page"]],
  ["compare-modes", ["compare-modes", UAF]],
  ["replay", ["replay", TRACE]],
  ["litmus", ["litmus", LITMUS]],
  ["check", CHECK],
  ["check-mutate", ["check", "lazy", "--arch", "arm64", "--cpu", "allocate a 1; use a", "--mutate"]],
  ["check-benchmark", ["check", "unlocked-count", "--arch", "arm64", "--benchmark"]],
  ["check-replay", ["check", "--replay", RACE]],
  ["explain", ["explain", LOG]],
  ["ptdump", ["ptdump", CORE]],
  ["ptdump", ["ptdump", CORE, "--physical", "1000"]],
  ["inspect", ["inspect", CORE, "ffff888000000000", "0"]],
  ["inspect", ["inspect", KERNEL, "init_task+0x40", "kfree", "ffffffd601fef000", "--access", "free"]],
  ["inspect-scan", ["inspect", KERNEL, "--scan"]],
  ["inspect-scan", ["inspect", CORE, "--scan"]],
  ["inspect-find", ["inspect", KERNEL, "init_task", "--find"]],
  ["dmesg", ["dmesg", KERNEL]],
  ["functions", ["functions"]],
  ["doctor", ["doctor"]],
];
const FILES = ["triage", "decisions"];

beforeAll(async () => {
  mkdirSync(join(folder, "findings"));
  await kasan("run", UAF, "--memory", "16M", "--dump", CORE);
  await kasan(...CHECK, "--trace", RACE);
});

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
ajv.addSchema(publishedSchema("check"));

function expectToFit(name: string, json: object): void {
  const schema = publishedSchema(name) as { $id: string };
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  expect(validate(json), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
}

it.each(COMMANDS)("%s.schema.json: %s", async (name, args) => {
  const { code, out, err } = await kasan(...args, "--format", "json");
  expect(err).not.toContain("a bug in kasan");
  expect([0, 1]).toContain(code);
  const documents = name === "fuzz" ? out.trim().split("\n") : [out];
  for (const text of documents) expectToFit(name, JSON.parse(text));
  expect(JSON.parse(documents[0]!).version).toBe(1);
});

it("the same goes to a file with -o", async () => {
  const output = join(folder, "functions.json");
  expect(await kasan("functions", "--format", "json", "-o", output)).toEqual({ code: 0, out: "", err: "" });
  expect(readFileSync(output, "utf8")).toBe((await kasan("functions", "--format", "json")).out);
});

it("files of triage", async () => {
  const output = join(folder, "triaged");
  const log = file(
    "two.log",
    readFileSync(LOG, "utf8") + readFileSync(join(EXAMPLES, "kmalloc_oob_right.txt"), "utf8"),
  );
  expect((await kasan("triage", log, "-o", output)).code).toBe(1);
  const index = JSON.parse(readFileSync(join(output, "index.json"), "utf8"));
  expect(index.groups).toHaveLength(2);
  const names = index.groups.map(({ name }: { name: string }) => name).join(",");
  expect((await kasan("triage", "-o", output, "--merge", names)).code).toBe(1);
  for (const [schema, name] of [
    ["triage", "index.json"],
    ["decisions", "decisions.json"],
  ] as const) {
    const json = JSON.parse(readFileSync(join(output, name), "utf8"));
    expectToFit(schema, json);
    expect(json.version).toBe(1);
  }
});

it("there is no schema that no command fits", () => {
  const schemas = readdirSync(join(import.meta.dirname, "../schema")).map((name) => name.replace(".schema.json", ""));
  const fitted = [...COMMANDS.map(([name]) => name), ...FILES, "bench-vmalloc"];
  expect([...new Set(fitted)].sort()).toEqual(schemas.sort());
});
