import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEMES } from "../schemes/index.ts";
import { type DamagedLine, TraceReader, type VmallocEvent } from "./events.ts";
import { MAX_SAMPLES, Replay } from "./replay.ts";

const read = (text: string): (VmallocEvent | DamagedLine)[] => {
  const reader = new TraceReader();
  return [...reader.push(text), ...reader.end()];
};
const replay = (events: Iterable<VmallocEvent | DamagedLine>) => {
  const replay = new Replay(SCHEMES);
  for (const event of events) replay.add(event);
  return replay.result;
};

const SPACE = "vstart=0xffffc90000000000 vend=0xffffe8ffffffffff";
const BASE = 0xffffc90000000000n;
const hex = (value: bigint | number) => `0x${value.toString(16)}`;
const alloc = (page: number, pages: number) =>
  `  task-7     [000] .....     1.000000: alloc_vmap_area: va_start: ${BASE + BigInt(page) * 4096n} size=${pages * 4096} align=1 ${SPACE} failed=0`;
const free = (page: number) =>
  `  task-7     [000] .....     1.000000: free_vmap_area_noflush: va_start=${hex(BASE + BigInt(page) * 4096n)} nr_lazy=9 nr_lazy_max=16384`;
const purge = (count: number) =>
  `  task-7     [000] .....     1.000000: purge_vmap_area_lazy: start=0x1000 end=0x2000 num_purged=${count}`;

describe("a trace", () => {
  test("is read in the kernel's form and in that of trace-cmd", () => {
    expect(read(`# tracer: nop\n${alloc(0, 9)}\n${free(0)}\n${purge(1)}\n`)).toEqual([
      {
        event: "alloc",
        line: 2,
        start: BASE,
        size: 36864n,
        from: BASE,
        to: 0xffffe8ffffffffffn,
        failed: false,
      },
      { event: "free", line: 3, start: BASE },
      { event: "purge", line: 4, start: 0x1000n, end: 0x2000n, purged: 1 },
    ]);
    const other = `<idle>-0 [000] 0.1: alloc_vmap_area:      va_start: ${BASE} size=8192 align=4096 ${SPACE} failed=1`;
    expect(read(other)).toMatchObject([{ event: "alloc", size: 8192n, failed: true }]);
  });

  test("in pieces of any size is the same trace", () => {
    const text = [alloc(0, 9), alloc(9, 2), free(0), purge(1), "cut va_start="].join("\n");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (cuts) => {
        const reader = new TraceReader();
        const events: unknown[] = [];
        let at = 0;
        for (const cut of cuts) {
          events.push(...reader.push(text.slice(at, at + cut)));
          at += cut;
        }
        events.push(...reader.push(text.slice(at)), ...reader.end());
        expect(events).toEqual(read(text));
      }),
    );
  });

  test("that is damaged says where, and goes on", () => {
    const text = [alloc(0, 9), alloc(9, 9).slice(0, 120), free(0).replace("va_start=0x", "va_start=zz"), purge(1)].join(
      "\n",
    );
    expect(read(text).map(({ event, line }) => [event, line])).toEqual([
      ["alloc", 1],
      ["damaged", 2],
      ["damaged", 3],
      ["purge", 4],
    ]);
  });

  test("may be cut anywhere, before an event's name too, or lack what the buffer lost", () => {
    const other = "  task-7     [000] d.h1.     1.000000: sched_switch: prev_comm=a";
    const damaged = (text: string) => read(text).flatMap((event) => (event.event === "damaged" ? [event.line] : []));
    expect(damaged(`${alloc(0, 9)}\n${other}\nbuffer dump\n`)).toEqual([]);
    expect(damaged(`${other}\n${other}`)).toEqual([]);
    expect(damaged(`${alloc(0, 9)}\n  task-7     [000] ..\n${free(0)}\nCPU:1 [LOST 12 EVENTS]\n  ta`)).toEqual([
      2, 4, 5,
    ]);
    // Only numbers may lose digits undetected.
    for (let length = 1; length < alloc(0, 9).length; length++) {
      expect([length, ...damaged(`${free(0)}\n${alloc(0, 9).slice(0, length)}`)]).toEqual([length, 2]);
    }
  });

  test("may be anything", () => {
    const pieces = fc.oneof(
      fc.string(),
      fc.constantFrom(alloc(0, 9), alloc(4, 9), free(0), free(77), purge(3), "alloc_vmap_area: ", "\n", "va_start: 1"),
      fc.bigInt({ min: 0n, max: 2n ** 66n }).map((n) => alloc(0, 9).replace("size=36864", `size=${n}`)),
      fc.bigInt({ min: 0n, max: 2n ** 64n }).map((n) => alloc(0, 9).replace(String(BASE), String(n))),
      fc.bigInt({ min: 0n, max: 2n ** 64n }).map((n) => alloc(0, 9).replace("0xffffe8ffffffffff", String(n))),
    );
    fc.assert(
      fc.property(fc.array(pieces), (lines) => void replay(read(lines.join("\n")))),
      { numRuns: 300 },
    );
  });
});

describe("a replay", () => {
  test("counts what each scheme would cost", () => {
    // Areas 0-11 and 12-23 share their middle shadow page.
    const { schemes, areasAtEnd, events } = replay(
      read([alloc(0, 12), alloc(12, 12), free(0), purge(1), free(12), purge(1)].join("\n")),
    );
    expect([events, areasAtEnd]).toEqual([6, 0]);
    const costs = Object.entries(schemes).map(([name, cost]) => [name, cost.shadowPagesPeak, cost.shadowPagesAtEnd]);
    expect(Object.fromEntries(costs.map(([name, ...rest]) => [name, rest]))).toEqual({
      early: [0, 0],
      keep: [3, 3],
      lazy: [3, 0],
      mainline: [3, 1],
      refcount: [3, 0],
      flip: [3, 0],
      poison: [3, 0],
    });
  });

  test("leaves out what it cannot know, and says how much", () => {
    const module = alloc(0, 2)
      .replace(SPACE, "vstart=0xffffffffa0000000 vend=0xffffffffff000000")
      .replace(String(BASE), String(0xffffffffa0000000n));
    const { skipped, events } = replay(
      read(
        [
          alloc(0, 4),
          alloc(2, 4),
          free(100),
          module,
          free(0).replace(hex(BASE), "0xffffffffa0000000"),
          alloc(8, 2).replace("failed=0", "failed=1"),
          "free_vmap_area_noflush: va_start=",
        ].join("\n"),
      ),
    );
    expect(events).toBe(1);
    expect(skipped).toEqual({ damaged: 1, unknownFrees: 1, conflicts: 1, failed: 1, otherSpaces: 2 });
  });

  test("areas freed while a purge ran still wait", () => {
    const { schemes } = replay(read([alloc(0, 8), alloc(8, 8), free(0), free(8), purge(1)].join("\n")));
    expect(schemes.lazy?.shadowPagesAtEnd).toBe(1);
  });

  test("keeps a history of bounded length", () => {
    const lines = Array.from({ length: 3000 }, (_, i) => alloc(i * 2, 2));
    const { history } = replay(read(lines.join("\n")));
    expect(history.length).toBeLessThan(MAX_SAMPLES);
    expect(history.length).toBeGreaterThan(MAX_SAMPLES / 4);
    expect(history.at(-1)!.events).toBeGreaterThan(2900);
  });
});

const ORACLE = new URL("../../../../../shared/oracle/x86_64-4level-generic-vmalloc-trace/", import.meta.url).pathname;

test.skipIf(!existsSync(ORACLE))("of a real kernel's trace predicts the shadow that its memory holds", ({ skip }) => {
  let text: string;
  try {
    text = execFileSync("zstd", ["-dcq", `${ORACLE}trace.txt.zst`], { maxBuffer: 2 ** 28, encoding: "utf8" });
  } catch {
    return skip("needs the zstd command");
  }
  const { schemes, skipped } = replay(read(text));
  // Module areas: 16, and their frees.
  expect(skipped).toEqual({ damaged: 0, unknownFrees: 0, conflicts: 0, failed: 0, otherSpaces: 32 });
  expect(schemes.lazy?.shadowPagesAtEnd).toBe(82);
  // In that kernel's memory 1350 pages are mapped. The three pages not predicted belong to two stacks allocated between the end of
  // the trace and the dump: at 0xffffc90000250000, freed again, and at 0xffffc90000260000.
  expect(schemes.mainline?.shadowPagesAtEnd).toBe(1347);
});
