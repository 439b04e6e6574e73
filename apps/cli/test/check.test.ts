import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { architectures } from "@kasan/architectures";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const files = scratch();
afterAll(() => files.remove());

const schema = publishedSchema("check");

test("the classic race is found, and printed with a column for each CPU", async () => {
  const { code, out, err } = await kasan("check", "populate-release-race", "--arch", "x86_64");
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(out).toMatch(/populate-release-race +x86_64 .*BROKEN/);
  expect(out).toMatch(/breaks false-report: no good access is reported/);
  // Two of its three CPUs are enough for each of the properties.
  expect(out).toMatch(/^ +CPU 0 +CPU 1$/m);
  expect(out).not.toContain("CPU 2");
  expect(out).toContain("== purge ==");
  expect(out).toContain("judges the access: bad");
});

test("a scheme that holds exits with 0, and says within which bounds", async () => {
  const { code, out } = await kasan("check", "lazy", "--bounds", "2x2", "--jobs", "1");
  expect(code).toBe(0);
  expect(out).not.toContain("BROKEN");
  expect(out).toContain("all programs of 2 CPUs x 2 operations");
  expect(out.match(/exhausted/g)).toHaveLength(architectures.names.length);
});

test("operations of one's own, as JSON that keeps to the schema", async () => {
  const operations = ["--setup", "allocate z 1; free z", "--cpu", "purge", "--cpu", "allocate a 1; use a"];
  const { code, out } = await kasan("check", "lazy", "unlocked-count", ...operations, "--format", "json");
  expect(code).toBe(1);
  const result = JSON.parse(out);
  const ajv = new Ajv2020();
  expect(ajv.validate(schema, result) || ajv.errors).toBe(true);
  const everywhere = (broken: boolean) => architectures.names.map(() => broken);
  expect(result.results.map(({ broken }: { broken: unknown[] }) => broken.length > 0)).toEqual([
    ...everywhere(false),
    ...everywhere(true),
  ]);
});

test("what was found can be run again, and is told from what has changed", async () => {
  const path = join(files.folder, "race.json");
  const html = join(files.folder, "race.html");
  await kasan("check", "unlocked-count", "--arch", "arm64", "--trace", path, "--format", "html", "-o", html);
  const page = readFileSync(html, "utf8");
  expect(page).toMatch(/<table class="time"[\s\S]*frees frame 0/);
  const led = /<a href="#([\w-]+)"><span class="mark bad">BROKEN</.exec(page)![1];
  expect(page).toMatch(new RegExp(`<h2 id="${led}">unlocked-count on arm64: [a-z-]+</h2>`));
  const { code, out } = await kasan("check", "--replay", path);
  expect(code).toBe(1);
  expect(out).toContain("unlocked-count on arm64 breaks");
  const changed = JSON.parse(readFileSync(path, "utf8"));
  changed.steps[0].what = "does something else";
  const other = files.file("other.json", JSON.stringify(changed));
  const again = await kasan("check", "--replay", other);
  expect(again.code).toBe(1);
  expect(again.out).toContain("takes other steps than when this was written");
  expect(again.out).toContain("is still violated");
});

test("a trace that is none is refused with what is wrong, and where", async () => {
  const path = join(files.folder, "good.json");
  await kasan("check", "unlocked-count", "--arch", "x86_64", "--trace", path);
  const good = JSON.parse(readFileSync(path, "utf8"));
  const { scenario } = good;
  const bad: [string, unknown][] = [
    ["version: is missing", {}],
    ["scenario: is missing", { version: 1 }],
    ["codes[0]: that transition is not possible", { ...good, codes: [999], steps: [] }],
    ["scenario: 1000000000 pages", { ...good, scenario: { ...scenario, pages: 1e9 } }],
    [
      "scenario.architecture: no architecture is called vax",
      { ...good, scenario: { ...scenario, architecture: "vax" } },
    ],
    ["scenario: no scheme is called mine", { ...good, scenario: { ...scenario, scheme: "mine" } }],
    ["property: no property is called", { ...good, property: "luck" }],
    ["cells[0]: a list of two", { ...good, cells: [7] }],
  ];
  for (const [message, value] of bad) {
    const { code, err } = await kasan("check", "--replay", files.file("bad.json", JSON.stringify(value)));
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`bad.json: ${message}`) });
  }
});

test("nothing is said to hold that was not looked at", async () => {
  const one = await kasan("check", "unlocked-count", "--arch", "x86_64", "--property", "missed-bug");
  expect(one.code).toBe(0);
  expect(one.out.split("\n")[0].trim().split(/ +/)).toEqual(["scheme", "on", "missed-bug"]);
  const first = await kasan("check", "unlocked-count", "--arch", "x86_64", "--first");
  expect(first.out).toMatch(/^unlocked-count +x86_64 .*not exhausted .*BROKEN/m);
  expect(first.out).not.toMatch(/holds /);
  expect(first.out).toMatch(/violation$/m);
});

test.each([
  ["--memory", "1K", "memory"],
  ["--depth", "3", "depth"],
  ["--preemptions", "1", "preemptions"],
])("nothing holds that was not exhausted: %s %s", async (option, value, bound) => {
  const args = ["check", "lazy", "--arch", "x86_64", "--bounds", "2x1", option, value];
  const { code, out } = await kasan(...args);
  expect(code).toBe(4);
  expect(out).toMatch(/^lazy +x86_64 +not exhausted /m);
  expect(out).toMatch(new RegExp(`^lazy .* ${bound}$`, "m"));
  expect(out).not.toMatch(/\bholds\b/);
  const json = await kasan(...args, "--format", "json");
  const result = JSON.parse(json.out);
  const ajv = new Ajv2020();
  expect(ajv.validate(schema, result) || ajv.errors).toBe(true);
  expect(result.results[0]).toMatchObject({ bound, verdicts: { "missed-bug": "not exhausted" } });
  expect((await kasan(...args, "--format", "html")).out).toMatch(/<span class="mark partial">not exhausted</);
});

test("where nothing breaks, no trace is written, and that is said", async () => {
  const path = join(files.folder, "none.json");
  const { code, err } = await kasan("check", "lazy", "--arch", "x86_64", "--cpu", "purge", "--trace", path);
  expect({ code, err }).toEqual({ code: 0, err: `kasan: nothing breaks: ${path} is not written\n` });
  expect(readdirSync(files.folder)).not.toContain("none.json");
});

interface BenchmarkRow {
  readonly scheme: string;
  readonly breaks: readonly string[];
  readonly reduced: { readonly states: number; readonly steps: number };
  readonly unreduced: { readonly states: number; readonly steps: number };
}

describe("known bugs as a benchmark", () => {
  test("are counted as docs/exploring.md has them", async () => {
    const { code, out } = await kasan("check", "--benchmark", "--arch", "x86_64", "--format", "json");
    expect(code).toBe(0);
    const rows = JSON.parse(out).rows.map((row: BenchmarkRow) => {
      const counts = [row.reduced, row.unreduced].flatMap(({ states, steps }) => [states, steps]);
      return `| ${[`\`${row.scheme}\``, row.breaks.join(", "), ...counts].join(" | ")} |`;
    });
    const documented = readFileSync(join(import.meta.dirname, "../../../docs/exploring.md"), "utf8");
    const table = documented.slice(documented.indexOf("### As a benchmark")).split("\n\n")[2].split("\n").slice(2);
    expect(table).toEqual(rows);
  });

  test("of a scheme that holds break nothing, and are smaller with the reduction", async () => {
    const { code, out } = await kasan("check", "lazy", "--benchmark", "--arch", "x86_64", "--bounds", "2x1");
    expect(code).toBe(0);
    const [, , , , reduced, , , unreduced] =
      /^(lazy) +(x86_64) +(nothing) +(\d+) +(\d+) +(.*?) {2,}(\d+) .*$/m.exec(out) ?? [];
    expect(Number(reduced)).toBeGreaterThan(0);
    expect(Number(unreduced)).toBeGreaterThan(Number(reduced));
  });
});

describe("mutations", () => {
  const mutants = (...args: string[]) => kasan("check", "lazy", "--arch", "x86_64", "--mutate", ...args);

  test("are locks, flushes, fills and re-checks, within bounds that are printed; why nobody notices is said", async () => {
    const { code, out } = await mutants("--bounds", "2x2");
    expect(code).toBe(0);
    expect(out).toMatch(/flush in LazyShadow\.free .* early-free/);
    expect(out).toMatch(/fill in LazyShadow\.mapNew .* missed-bug/);
    expect(out).toMatch(/fill in .* LazyShadow\.unpoison +false-report/);
    expect(out).toMatch(/lock of the tables in mapNew .* NOBODY/);
    expect(out).toMatch(/re-check of an entry in AddressSpace\.mapPage .* NOBODY/);
    expect(out).toContain("Explored: schemes: all programs of 2 CPUs x 2 operations");
    const why = out.slice(out.indexOf("Why nobody may notice:"));
    expect(why).toMatch(/: lock of the tables in mapNew .*\n +every CPU that takes it holds the lock of the areas\n/);
    expect(why).toMatch(/: re-check of an entry in AddressSpace\.mapPage .*\n +the lock of the areas is held since /);
  });

  test("that two CPUs never come to are said to be so, in data that keep to the schema", async () => {
    const { code, out } = await mutants("--cpu", "allocate a 1", "--cpu", "stray 12", "--format", "json");
    expect(code).toBe(0);
    const result = JSON.parse(out);
    const ajv = new Ajv2020();
    expect(ajv.validate(publishedSchema("check-mutate"), result) || ajv.errors).toBe(true);
    const { mutations } = result as {
      mutations: { without: string; noticed: string[]; bound?: string; why?: string }[];
    };
    const of = (name: RegExp) => mutations.find(({ without }) => name.test(without));
    expect(of(/^lock of the areas/)).toMatchObject({
      noticed: [],
      bound: "exhausted",
      why: "no two CPUs want it at a time, in the one scenario that comes to it",
    });
    expect(of(/^re-check .* LazyShadow\.fill$/)?.why).toMatch(/^no scenario has two CPUs of which one changes what/);
    for (const { noticed, why } of mutations) expect(why === undefined).toBe(noticed.length > 0);
  });

  test("that were not exhausted are not said to go unnoticed", async () => {
    const { code, out } = await mutants("--bounds", "2x1", "--depth", "2");
    expect(code).toBe(4);
    expect(out).toMatch(/nobody, not exhausted: depth/);
    expect(out).not.toContain("NOBODY");
  });

  test("are not noticed by what is broken without them", async () => {
    const { out } = await kasan("check", "unlocked-count", "--arch", "x86_64", "--mutate");
    const broken = await kasan("check", "unlocked-count", "--arch", "x86_64", "--format", "json");
    for (const { property } of JSON.parse(broken.out).results[0].broken) expect(out).not.toContain(property);
  });
});

describe("a plugin", () => {
  const source = `
import { LazyShadow } from "@kasan/vmalloc";
import type { UserProperty } from "@kasan/explore";
class Keeps extends LazyShadow { override release(): void {} }
export const schemes = [{ name: "mine", make: (backend: never) => new Keeps(backend) }];
const few: UserProperty = {
  name: "at-most-one", holds: "one frame is enough",
  check: (state) => (state.allocatedFrames > 1 ? "it is not" : undefined),
};
export const properties = [few];
`;
  // Where the packages that it imports are installed.
  const path = join(import.meta.dirname, "check-plugin.tmp.ts");

  /** A plugin's source, as a file. */
  const plugin = (what: string) => files.file(`${randomUUID()}-bad.mjs`, `export const ${what};`);
  const pages = (change: string) =>
    plugin(`schemes = [{ name: "mine", pages: () => ({
      name: "mine", boot: () => 0, allocated: () => true, freed() {}, secondLook: () => "good", ${change}
    }) }]`);

  test("in TypeScript brings schemes and properties", async () => {
    const { writeFileSync, rmSync } = await import("node:fs");
    writeFileSync(path, source);
    try {
      const operations = ["--setup", "allocate z 6", "--cpu", "allocate a 1", "--arch", "x86_64"];
      const { code, out, err } = await kasan("check", "mine", "--plugin", path, ...operations);
      expect({ code, err }).toEqual({ code: 1, err: "" });
      expect(out).toContain("breaks at-most-one: one frame is enough");
    } finally {
      rmSync(path);
    }
    expect(readdirSync(import.meta.dirname).filter((name) => name.endsWith(".mjs"))).toEqual([]);
  });

  test.each([
    ["schemes = [null]", /a scheme has a name/],
    ['schemes = [{ name: "lazy" }]', /a scheme has a name, and make\(\) or pages\(\)/],
    ['properties = [{ name: "mine" }]', /a property has a name, holds/],
    [
      'properties = [{ name: "mine", holds: "", check() { throw new Error("no"); } }]',
      /bad.mjs: check\(\) of the property mine failed: no$/m,
    ],
    [
      'schemes = [{ name: "lazy", make() { throw new Error("no"); } }]',
      /bad.mjs: the scheme lazy cannot be made: no$/m,
    ],
  ])("that exports %s is refused", async (what, message) => {
    const { code, err } = await kasan("check", "lazy", "--cpu", "purge", "--plugin", plugin(what));
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
  });

  test("whose scheme for the direct map cannot boot is told so, in one line", async () => {
    const path = pages('boot() { throw new Error("no"); }');
    const { code, err } = await kasan("check", "mine", "--cpu", "access 0", "--plugin", path);
    expect({ code, err }).toEqual({ code: 2, err: `kasan: ${path}: the scheme mine fails in boot(): no\n` });
  });

  test("whose operation fails breaks that property and no other, and the interleaving says why", async () => {
    const path = pages('allocated() { throw new Error("out of luck"); }');
    const what = ["mine", "--arch", "x86_64", "--cpu", "take kernel 0", "--cpu", "access 0"];
    const { code, out } = await kasan("check", ...what, "--property", "failure,deadlock", "--plugin", path);
    expect(code).toBe(1);
    expect(out).toMatch(/^mine +x86_64 +holds +BROKEN$/m);
    expect(out).toMatch(/== take kernel 0 ==\n *1 +allocates page 0\n *2 +fails: out of luck/);
  });

  test("with a property judges it again when its trace is replayed, and is asked for", async () => {
    const few = (limit: number) =>
      plugin(`properties = [{ name: "few", holds: "few frames are enough",
        check: ({ allocatedFrames: n }) => (n > ${limit} ? n + " are allocated" : undefined) }]`);
    const race = join(files.folder, "few.json");
    const none = few(0);
    await kasan("check", "lazy", "--arch", "x86_64", "--cpu", "allocate a 1", "--plugin", none, "--trace", race);
    const again = await kasan("check", "--replay", race, "--plugin", none);
    expect(again).toMatchObject({ code: 1, out: expect.stringMatching(/^few is still violated at the end: 1 are /m) });
    const better = await kasan("check", "--replay", race, "--plugin", few(9));
    expect(better).toMatchObject({ code: 0, out: expect.stringMatching(/^few is not violated any more\.$/m) });
    const { code, err } = await kasan("check", "--replay", race);
    expect(code).toBe(2);
    expect(err).toMatch(/no property is called "few"; .* It cannot be judged: add --plugin FILE, .*\n$/);
  });

  test("that exports nothing of use is refused", async () => {
    const { code, err } = await kasan("check", "lazy", "--plugin", files.file("empty.mjs", "export const x = 1;"));
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("exports none of platforms, schemes, properties"),
    });
  });

  test.each([
    ["throws", 'throw new Error("no luck")', /mine.mjs: create\(\) of foo failed: no luck/],
    ["returns something else", "return {}", /mine.mjs: create\(\) of foo returns no Platform/],
    ["returns nothing", "return null", /mine.mjs: create\(\) of foo returns no Platform/],
  ])("with a platform whose create() %s is to blame", async (_, body, message) => {
    const foo = `{ name: "foo", title: "Foo", options: [], modes: ["generic"], create() { ${body} } }`;
    // A module is loaded once: each has a name of its own.
    const path = files.file(`${randomUUID()}-mine.mjs`, `export const platforms = [${foo}];`);
    const { code, err } = await kasan("layout", "--plugin", path, "--arch", "foo");
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});

test.each([
  [["check"], /give one, all, variants/],
  [["check", "nosuch"], /no scheme is called nosuch/],
  [["check", "lazy", "--property", "luck"], /no property is called luck/],
  [["check", "lazy", "--bounds", "9x9"], /CPUs x operations/],
  [["check", "lazy", "--cpu", "fly"], /no operation fly on vmalloc space; there are allocate A PAGES/],
  [["check", "lazy", "--pages", "1", "--cpu=purge"], /^kasan: 1 pages; give 2 to 64$/m],
  [["check", "lazy", "--pages", "8"], /^kasan: 8 pages; give at least 16, or what the CPUs do with --cpu$/m],
  [["check", "lazy", "--store-buffer", "17"], /^kasan: 17 entries of a store buffer; give 1 to 16$/m],
  [["check", "lazy", ...Array(9).fill("--cpu=purge")], /^kasan: 9 CPUs; give programs for 1 to 6$/m],
  [["check", "lazy", "--bounds", "6x9"], /^kasan: 6 CPUs x 9 operations: .* scenarios; give fewer/],
  [["check", "constructor"], /no scheme is called constructor/],
  [
    ["check", "lazy", "-o", "/nonexistent/x"],
    /^kasan: \/nonexistent\/x: cannot be written: there is no folder \/nonexistent$/m,
  ],
  [["check", "lazy", "--trace", import.meta.dirname], /cannot be written: it is a folder/],
  [["check", "lazy", "--resume", "/nonexistent/x"], /there is no folder/],
  [["check", "lazy", "--replay", import.meta.filename], /--replay FILE says which scheme/],
  [["check", "--replay", import.meta.filename, "--format", "html"], /--mutate and --replay have no page/],
  [["check", "--replay", import.meta.filename, "--no-reduction"], /cannot be used with option '--no-reduction'/],
  [["check", "lazy", "--mutate", "--format", "html"], /--mutate and --replay have no page/],
  [["check", "--replay", import.meta.dirname], /: cannot be read: it is a folder/],
  [["check", "--replay", import.meta.filename], /check.test.ts: no JSON: /],
  [["check", "lazy", "--arch", "mips"], /no architecture is called mips; there are x86_64, arm64/],
  [["check", "--replay", "/nonexistent"], /^kasan: \/nonexistent: cannot be read/],
])("%j is refused", async (args, message) => {
  const { code, err } = await kasan(...args);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});

test("a checkpoint of something else is refused, and one of the same is gone when all is done", async () => {
  const path = join(files.folder, "work.ckpt");
  const args = ["check", "lazy", "--bounds", "1x2", "--arch", "x86_64", "--resume", path];
  expect((await kasan(...args)).code).toBe(0);
  expect(readdirSync(files.folder)).not.toContain("work.ckpt");
  files.file("work.ckpt", "no checkpoint");
  const { code, err } = await kasan(...args);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("no checkpoint of kasan check") });
});
