import { fileURLToPath } from "node:url";
import { x86_64 } from "@kasan/arch-x86";
import { Gfp, Machine, threadSize } from "@kasan/kernel";
import { PAGE_SIZE } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { describe, expect, it } from "vitest";
import { runFiles } from "./harness.ts";
import { Account } from "./stress/account.ts";

const STRESS = fileURLToPath(new URL("./stress/stress.c", import.meta.url));
/** Iterations per thread; `npm run stress` asks for more. */
const LOOPS = Number(process.env.KASAN_STRESS_LOOPS ?? 1500);
const SEED = Number(process.env.KASAN_STRESS_SEED ?? 1);
const MEMORY = 128 * 2 ** 20;
/** Two to four CPUs, in turn, or what KASAN_STRESS_CPUS says. */
const CASES = Object.keys(SCHEMES).map(
  (scheme, i) => [scheme, Number(process.env.KASAN_STRESS_CPUS ?? 2 + (i % 3))] as const,
);

/** Runs the stress program. */
const stress = (vmallocShadow: string, cpus: number, onEnd: (machine: Machine) => void) =>
  runFiles([STRESS], {
    cpus,
    vmallocShadow,
    memoryBytes: MEMORY,
    timeout: 30 + LOOPS / 100,
    parameters: [
      ["loops", String(LOOPS)],
      ["workers", String(cpus + 1)],
      ["seed", String(SEED)],
    ],
    onEnd,
  });

/** Schemes that free a shadow page when no area needs it any more. */
const EXACT = ["early", "lazy", "refcount", "flip", "poison"];

/** Checks that every frame has one use, and that the machine's counts are right. */
function expectAccounted(machine: Machine, scheme: string): void {
  machine.vmalloc.purge();
  machine.moduleSpace.purge();
  const account = new Account(machine);
  expect(account.faults).toEqual([]);
  const needed = account.shadowOfAreas();
  const mapped = [...account.shadow.keys()];
  expect([...needed].filter((page) => !account.shadow.has(page))).toEqual([]);
  if (EXACT.includes(scheme)) expect(mapped.filter((page) => !needed.has(page))).toEqual([]);
  const { freePages, vmallocShadowPages } = machine.statistics();
  expect(account.frames("free").length).toBe(freePages);
  expect(mapped.length).toBe(vmallocShadowPages);
  // Pages that boot itself took are not counted, such as a table shared with boot; stacks may be in the direct map.
  const boot = new Account(new Machine({ ...machine.options, log: () => {} }));
  const kept = account.frames("other").filter((pfn) => !["other", "table"].includes(boot.useOf(pfn)));
  if (machine.taskStacks.inVmallocSpace) expect(kept).toEqual([]);
  else expect(kept.length % (threadSize(PAGE_SIZE) / PAGE_SIZE)).toBe(0);
}

describe("the account itself", () => {
  const boot = () =>
    new Machine({
      architecture: x86_64({ levels: 4 }),
      memoryBytes: 32 * 2 ** 20,
      mode: "generic",
      seed: 0,
      multiShot: true,
      panicOnWarn: false,
      version: "6.12.0",
      log: () => {},
    });
  const area = (machine: Machine) => machine.vmalloc.allocate({ size: 3 * PAGE_SIZE, gfp: Gfp.KERNEL, caller: 0 });

  it("finds nothing wrong with a machine that has just booted, or has areas", () => {
    const machine = boot();
    expect(new Account(machine).faults).toEqual([]);
    area(machine);
    expectAccounted(machine, "lazy");
  });

  it("misses a page that is lost", () => {
    const machine = boot();
    const pfn = machine.buddy.allocate(0, Gfp.KERNEL);
    expect(() => expectAccounted(machine, "lazy")).toThrow(String(pfn));
  });

  it("sees a page in two places, one of no area, and an area without one of its pages", () => {
    const machine = boot();
    const vpn = area(machine);
    machine.mapper.mapNew(vpn + 100, machine.space.lookup(vpn));
    machine.mapper.unmap(vpn + 1, "it is lost");
    expect(new Account(machine).faults).toEqual([
      expect.stringContaining("is mapped, and belongs to no area"),
      expect.stringMatching(/^frame \d+ is vmalloc, and vmalloc/),
    ]);
    machine.mapper.unmap(vpn + 100, "");
    expect(new Account(machine).faults).toEqual(["of 3 pages of areas, 2 are mapped"]);
  });

  it("sees shadow that is leaked, and shadow that is freed while used", () => {
    const machine = boot();
    area(machine);
    const [page] = new Account(machine).shadowOfAreas();
    const pfn = machine.mapper.unmap(page, "");
    expect(() => expectAccounted(machine, "lazy")).toThrow(String(page));
    machine.mapper.mapNew(page, pfn);
    machine.mapper.mapNew(page + 5, machine.buddy.allocate(0, Gfp.KERNEL));
    expect(() => expectAccounted(machine, "lazy")).toThrow(String(page + 5));
  });
});

describe("several CPUs at work on memory", () => {
  it.each(CASES)(
    "%s, %d CPUs: nothing is lost, nothing is reported",
    async (scheme, cpus) => {
      let ended: Machine | undefined;
      const { lines, reports, stopped, result } = await stress(scheme, cpus, (machine) => {
        ended = machine;
      });
      expect(reports).toEqual([]);
      expect(stopped).toBeUndefined();
      expect(lines.filter((line) => line.startsWith("> "))).toEqual([
        `> ${LOOPS * (cpus + 1)} operations, 0 wrong`,
        "> some work, some rcu, some timers, short of memory 0 times",
      ]);
      expect(result).toBe(0);
      expectAccounted(ended as Machine, scheme);
    },
    600_000,
  );
});
