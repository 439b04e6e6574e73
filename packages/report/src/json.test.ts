import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KUNIT, MACHINE, REPORTS, styleOf } from "../test/models.ts";
import { validate } from "../test/schema.ts";
import { bugLines, LEVEL, lines } from "./crash-words.ts";
import type { FaultCause, Oops, ReportStyle } from "./index.ts";
import { DEFAULT_STYLE, formatReport, oopsToJson, parseLog, renderReport, toJson } from "./index.ts";

const schema = JSON.parse(readFileSync(new URL("../../../apps/cli/schema/run.schema.json", import.meta.url), "utf8"));

/** A style that words crashes by their causes alone. */
const STYLE: ReportStyle = {
  ...DEFAULT_STYLE,
  crash: {
    oops: ({ cause }) => (cause.kind === "bug" ? bugLines(cause) : lines(LEVEL.ALERT, (cause as FaultCause).oops)),
    registers: () => [],
  },
};

const report = REPORTS["slab-out-of-bounds"]!;

describe("the schema", () => {
  test.each(Object.entries(REPORTS))("describes a run with %s", (name, model) => {
    const style = styleOf(name);
    const log = renderReport(model, style).map(({ text }) => text);
    const run = {
      version: 1,
      exitCode: 1,
      end: { returned: 0 },
      log,
      reports: [toJson(model, style)],
      stats: { accesses: 12 },
    };
    expect(validate(run, schema)).toEqual([]);
    expect(JSON.parse(JSON.stringify(run))).toEqual(run);
  });

  test("complains about what it does not describe", () => {
    const json = toJson(report);
    const run = (reports: unknown[]) => ({
      version: 1,
      exitCode: 1,
      end: { returned: 0 },
      log: [],
      reports,
      stats: {},
    });
    expect(validate(run([{ ...json, extra: 1 }]), schema)).toEqual(["$.reports[0]: additional extra"]);
    const { access: _, ...rest } = json;
    expect(validate(run([rest]), schema)).toEqual(["$.reports[0]: no access"]);
    expect(validate({ ...run([]), exitCode: 4 }, schema)).toEqual(["$.exitCode: not one of 0,1,2,3,70"]);
    const address = { ...json.access, address: "ffff" };
    expect(validate(run([{ ...json, access: address }]), schema)).toHaveLength(1);
  });
});

test.each(Object.entries(REPORTS))("%s has the title that its log has", (name, model) => {
  const style = styleOf(name);
  expect(toJson(model, style).title).toBe(parseLog(formatReport(model, style)).reports[0]!.title);
});

test("a report of a slab object", () => {
  const json = toJson(report);
  expect(json).toMatchObject({
    title: "KASAN: slab-out-of-bounds Write in kunit_try_run_case",
    bugType: "slab-out-of-bounds",
    access: { kind: "Write", size: 1, address: "0xffff888000a59873" },
    function: "kmalloc_oob_right",
    module: "kasan_test",
    task: { comm: "kunit_try_catch", pid: 43 },
    cpu: 0,
    allocated: { pid: 43, cpu: 0, time: 33.646853 },
    object: { address: "0xffff888000a59800", cache: "kmalloc-128", size: 128, allocSize: 115 },
    region: { end: "0xffff888000a59873", size: 115, side: "right", distance: 0, state: "allocated" },
    page: { pfn: 0xa59, flags: "0x0", flagNames: "zone=0", type: "slab" },
  });
  expect(json.callTrace[2]).toEqual({
    function: "kmalloc_oob_right",
    offset: 0x1c2,
    size: 0x5a2,
    module: "kasan_test",
    reliable: false,
  });
  expect(json.shadow?.firstBad).toBe("0xffff888000a59873");
  expect(json.shadow?.rows[2]).toEqual({
    address: "0xffff888000a59800",
    bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0xfc],
  });
});

test("source lines, sizes beyond 2^53, addresses without a name", () => {
  const place = {
    address: 0xffffffffc0001000n,
    file: "bug.c",
    line: 7,
    column: 3,
    inlined: [{ symbol: "inner", file: "bug.h", line: 2 }],
    reliable: true,
  };
  const json = toJson({
    ...report,
    function: place,
    access: { ...report.access, size: -2 },
    callTrace: [place],
    vmalloc: "virtual mapping",
  });
  expect(json.access.size).toBe("0xfffffffffffffffe");
  expect(json).toMatchObject({ function: "0xffffffffc0001000", file: "bug.c", line: 7, column: 3, vmalloc: {} });
  expect(json.callTrace[0]!.inlined).toEqual([{ function: "inner", file: "bug.h", line: 2 }]);
  expect(
    validate({ version: 1, exitCode: 1, end: { returned: 0 }, log: [], reports: [json], stats: {} }, schema),
  ).toEqual([]);
});

test("an oops", () => {
  const oops: Oops = {
    cause: { kind: "page-fault", address: 0n, lines: [], oops: "Oops: 0000" },
    task: KUNIT,
    machine: MACHINE,
    registers: { ip: { symbol: "f", offset: 1, size: 2, file: "bug.c", line: 3, reliable: true } },
    callTrace: [],
    modules: [],
    panic: "Fatal exception",
  };
  const json = oopsToJson(oops, STYLE);
  expect(json).toEqual({
    title: "Oops: 0000",
    kind: "page-fault",
    address: "0x0000000000000000",
    function: "f",
    file: "bug.c",
    line: 3,
    task: { comm: "kunit_try_catch", pid: 43 },
    cpu: 0,
    callTrace: [],
    panic: "Fatal exception",
  });
  const shadowFault = { type: "null-ptr-deref", first: 0n, last: 7n } as const;
  const fault = oopsToJson({ ...oops, cause: { ...oops.cause, kind: "page-fault", shadowFault } as FaultCause }, STYLE);
  expect(fault.shadowFault).toEqual({
    type: "null-ptr-deref",
    first: "0x0000000000000000",
    last: "0x0000000000000007",
  });
  // The style prints no place.
  const bug = oopsToJson({ ...oops, cause: { kind: "bug", file: "bug.c", line: 3 } }, STYLE);
  expect(bug.title).toBe("kernel BUG in corrupted");
  expect(
    validate(
      { version: 1, exitCode: 3, end: { stopped: "oops" }, log: [], reports: [], oopses: [json, fault], stats: {} },
      schema,
    ),
  ).toEqual([]);
});
