import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkReport, type ParsedReport, parseLog, type Track } from "../src/index.ts";

/** Small reports in forms that are easily read wrongly: names and numbers are invented. Beside each is what is right. */
const FOLDER = new URL("./hunt/", import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -4));

const bytesOf = (name: string) => readFileSync(new URL(`${name}.txt`, FOLDER));
const expectedOf = (name: string) => JSON.parse(readFileSync(new URL(`${name}.expect.json`, FOLDER), "utf8"));

const hex = (value: bigint | undefined) => value !== undefined && `0x${value.toString(16)}`;
/** Functions of the sanitizer and the allocator, which are not what a reader looks for. */
const INNER =
  /^(?:kasan_|__kasan_|save_stack|set_track|kmalloc|__kmalloc|kmem_cache_|kfree|_*slab_|kzalloc|krealloc|alloc_debug_processing)/;
const firstOf = (track: Track | undefined) => {
  const frame = track?.stack?.find(({ symbol }) => symbol !== undefined && !INNER.test(symbol));
  return track && { pid: track.pid, first: frame?.symbol, module: frame?.module };
};

/** What expectations speak of, as they say it. */
function readingOf(reports: readonly ParsedReport[]): Record<string, unknown> {
  const [report] = reports;
  if (!report) return { reports: 0 };
  const { access, task, machine, object, region, stack, vmalloc } = report;
  return {
    reports: reports.length,
    title: report.title,
    corrupted: report.corrupted,
    frame: report.frame,
    access: access && { kind: access.kind, size: access.size, address: hex(access.address) },
    task,
    cpu: machine?.cpu,
    release: machine?.release,
    allocated: firstOf(report.allocated),
    freed: firstOf(report.freed),
    object: object && { address: hex(object.address), cache: object.cache, size: object.objectSize },
    region: region && { ...region, start: hex(region.start), end: hex(region.end) },
    stack: stack?.frame && { ...stack.frame, function: stack.frame.function.symbol },
    callTrace: report.callTrace.map(({ symbol }) => symbol),
    vmalloc: typeof vmalloc === "object" && {
      start: hex(vmalloc.start),
      end: hex(vmalloc.start + BigInt(vmalloc.pages) * 4096n),
      creator: vmalloc.caller?.symbol,
    },
    failingChecks: checkReport(report)
      .filter(({ ok }) => ok === false)
      .map(({ id }) => id),
  };
}

describe("reports that are easily read wrongly", () => {
  test.each(NAMES)("%s", (name) => {
    const expected = expectedOf(name);
    const reading = readingOf(parseLog(bytesOf(name)).reports);
    const judged = Object.fromEntries(Object.entries(expected).filter(([key]) => key in reading));
    expect(reading).toMatchObject(judged);
  });
});
