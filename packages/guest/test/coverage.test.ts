import { describe, expect, it } from "vitest";
import { type Ran, runC, runFiles, withFiles } from "./harness.ts";

const SOURCE = `int choose(int a)
{
	if (a > 2)
		return a * 3;
	return a - 7;
}

int init_module(void)
{
	int sum = 0;
	for (volatile int i = 0; i < 300; i++)
		sum += i;
	return choose(sum & 1) > 100 ? 1 : 0;
}
`;
/** How often the lines of a run's only file were passed. */
const linesOf = ({ coverage }: Ran) =>
  Object.fromEntries(coverage?.files[0].lines.map(({ line, count }) => [line, count]) ?? []);
const run = (settings: Parameters<typeof runFiles>[1]) =>
  withFiles({ "cover.c": SOURCE }, (paths) => runFiles(paths, { coverage: true, optimize: "0", ...settings }));

describe("coverage", () => {
  it("counts the edges that are passed, up to 255, by line", async () => {
    const ran = await run({});
    expect(ran.coverage?.files.map(({ file }) => file.split("/").pop())).toEqual(["cover.c"]);
    expect(linesOf(ran)).toEqual({ 2: 1, 4: 0, 5: 1, 6: 1, 9: 1, 11: 255, 12: 255, 13: 1 });
    expect(ran.coverage?.passed).toBeLessThan(ran.coverage?.edges ?? 0);
  });

  it.each([
    ["inline checks", { instrument: "inline" }],
    ["no checks", { instrument: "off" }],
    ["tags", { mode: "sw_tags", arm64: { kasan: "sw_tags" } }],
    ["two CPUs", { cpus: 2 }],
  ] as const)("is the same with %s", async (_, settings) => {
    expect(linesOf(await run(settings))).toEqual(linesOf(await run({})));
  });

  it("is not there if nobody asks for it", async () => {
    expect((await runC("int init_module(void) { return 0; }")).coverage).toBeUndefined();
  });
});
