import { Gfp, Machine, type MachineOptions, plan } from "@kasan/kernel";
import { KASAN_PAGE_FREE, KASAN_VMALLOC_INVALID, PAGE_SCHEMES, PAGE_SIZE } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { describe, expect, test } from "vitest";
import { ppc32 } from "./ppc32.js";

/** A board with 32 MB. */
const BOARD = { architecture: ppc32(32), memoryBytes: 32 * 2 ** 20, mode: "generic" } as const;

const boot = (options: Partial<MachineOptions> = {}) =>
  new Machine({
    ...BOARD,
    seed: 0,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    log: () => {},
    ...options,
  });

/** Whether a read of a byte is judged good. A bad one would be reported, for which this platform has no words. */
const judges = (machine: Machine, address: bigint) => machine.kasan.check(Number(address) | 0, 0, 1, false, []);

describe.each(Object.keys(SCHEMES))("vmalloc space under %s", (name) => {
  const vmallocShadow = SCHEMES[name];

  test("areas lie at 32-bit addresses, with shadow of their own", () => {
    const machine = boot({ vmallocShadow });
    const { layout } = BOARD.architecture;
    const page = machine.vmalloc.allocate({ size: 3 * PAGE_SIZE, gfp: Gfp.KERNEL, caller: 0 });
    const start = machine.kernelPages.addressOf(page);
    expect(start).toBeGreaterThanOrEqual(layout.vmallocStart);
    expect(start).toBeLessThan(layout.vmallocEnd);
    const byte = (offset: number) => machine.kasan.shadowByte(start + BigInt(offset));
    const guard = 3 * PAGE_SIZE;
    const bad = name === "early" ? 0 : KASAN_VMALLOC_INVALID;
    expect([byte(0), byte(guard - 8), byte(guard)]).toEqual([0, 0, bad]);
    expect(judges(machine, start)).toBe(true);
    machine.vmalloc.free(page);
    expect(byte(0)).toBe(bad);
  });

  test("a plan is what the machine takes at boot", () => {
    const planned = plan({ ...BOARD, vmallocShadow });
    const { pageTablePages, freePages, directShadow } = boot({ vmallocShadow }).statistics();
    const [roots, ...below] = planned.boot.tables;
    expect(roots).toBe(4);
    expect(below.reduce((sum, count) => sum + count, 0)).toBe(pageTablePages);
    expect(planned.boot.free).toBe(freePages);
    expect(planned.boot.map.directShadowBytes).toBe(directShadow);
  });
});

describe.each(Object.keys(PAGE_SCHEMES))("the direct map under %s", (name) => {
  test("pages in use are good, and shadow is for kernel memory", () => {
    const machine = boot({ shadowScheme: PAGE_SCHEMES[name] });
    const address = (pfn: number) => machine.directMap.virtual(pfn * PAGE_SIZE);
    const before = machine.statistics().directShadow;
    expect(before).toBeLessThan(BOARD.memoryBytes / 8);
    const kernel = machine.buddy.allocate(3, Gfp.KERNEL);
    expect(machine.kasan.shadowByte(address(kernel))).toBe(0);
    const held = machine.statistics().directShadow;
    expect(held).toBeGreaterThan(before);
    const other = machine.buddy.allocate(3, Gfp.KERNEL | Gfp.MOVABLE);
    for (let i = 0; i < 8; i++) expect(judges(machine, address(other + i))).toBe(true);
    expect(machine.statistics().directShadow).toBe(held);
    machine.buddy.free(kernel, 3);
    expect(machine.kasan.shadowByte(address(kernel))).toBe(KASAN_PAGE_FREE);
  });
});

test("the shadow of a plan's parts is each address of the shadow region once", () => {
  const { shadow } = plan(BOARD);
  const { shadowStart, shadowEnd } = BOARD.architecture.layout;
  let next = shadowStart;
  for (const { start, end } of shadow) {
    expect(start).toBe(next);
    next = end + 1n;
  }
  expect(next).toBe(shadowEnd + 1n);
  expect(shadow.map(({ backing }) => backing)).toEqual(["early", "modules", "direct", "early", "vmalloc", "early"]);
});
