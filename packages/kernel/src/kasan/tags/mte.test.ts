import { arm64 } from "@kasan/arch-arm64";
import { tagOf, withTag } from "@kasan/shadow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boot } from "../../../test/machine.ts";
import { guestEntries } from "../../api/entries.ts";
import { ACCESS_WRITE } from "../../api/guest-interface.ts";
import { bootParameters } from "../boot-parameters.ts";
import { TagCheckFault } from "./mte.ts";

const GFP = 0xcc0;
type Parameters = [name: string, value: string][];
function start(parameters: Parameters = [], seed = 1) {
  const started = boot({
    architecture: arm64({ kasan: "hw_tags" }),
    mode: "hw_tags",
    seed,
    boot: bootParameters(parameters, "hw_tags"),
  });
  const entries = guestEntries(started.machine);
  /** A guest access that its code could not decide. */
  const access = (address: bigint, bytes: number, write = false) =>
    entries.miss(Number(address & 0xffffffffn), Number(address >> 32n), bytes | (write ? ACCESS_WRITE : 0));
  const bugs = () => started.reports.map(({ bugType, access: { kind } }) => `${bugType} ${kind}`);
  return { ...started, access, bugs };
}
const other = (pointer: bigint) => withTag(pointer, 0xf0 | ((tagOf(pointer) + 1) % 14));

describe("hardware tags", () => {
  test("objects have whole granules of a random tag, from f0 to fd; behind them and after them it is fe", () => {
    const { call, machine, reports } = start();
    const seen = new Set<number>();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8192 }), (size) => {
        const pointer = call("__kmalloc_noprof", BigInt(size), GFP);
        const tag = tagOf(pointer);
        seen.add(tag);
        expect(tag >= 0xf0 && tag <= 0xfd).toBe(true);
        const end = Math.ceil(size / 16) * 16;
        for (let at = 0; at < end; at += 16) expect(machine.kasan.shadowByte(pointer + BigInt(at))).toBe(tag);
        if (Number(call("ksize", pointer)) > end) {
          expect(machine.kasan.shadowByte(pointer + BigInt(end))).toBe(0xfe);
        }
        call("kfree", pointer);
        expect(machine.kasan.shadowByte(pointer)).toBe(0xfe);
      }),
      { numRuns: 80 },
    );
    expect(seen.size).toBe(14);
    expect(reports).toEqual([]);
  });

  test("a difference is reported before the access, once; then this CPU checks no more until it is told to", () => {
    const { call, access, machine, reports, bugs } = start();
    const pointer = call("__kmalloc_noprof", 48n, GFP);
    access(pointer, 8);
    access(withTag(pointer, 0xff), 8, true);
    expect(reports).toEqual([]);
    expect(access(pointer + 44n, 8, true)).toBe(Number(pointer & 0xffffffffn) + 44);
    expect(reports[0].access).toEqual({
      kind: "Write",
      address: pointer + 48n,
      pointerTag: tagOf(pointer),
      memoryTag: 0xfe,
    });
    access(other(pointer), 1);
    expect(machine.cpu.tagCheckFault).toBe(TagCheckFault.NONE);
    call("kasan_enable_hw_tags");
    access(other(pointer), 1);
    expect(bugs()).toEqual(["slab-out-of-bounds Write", "invalid-access Read"]);
    call("kfree", other(pointer));
    expect(bugs()[2]).toBe("double-free Free");
  });

  test("async faults are told later, without details; of asymm, reads at once", () => {
    const asynchronous = start([["kasan.mode", "async"]]);
    const pointer = asynchronous.call("__kmalloc_noprof", 48n, GFP);
    asynchronous.access(other(pointer), 8);
    asynchronous.access(other(pointer), 8, true);
    expect(asynchronous.reports).toEqual([]);
    asynchronous.call("kasan_force_async_fault");
    asynchronous.call("kasan_force_async_fault");
    expect(asynchronous.reports).toMatchObject([{ bugType: "invalid-access", asynchronous: true }]);
    expect(asynchronous.log).toContain("Asynchronous fault: no details available");
    expect(asynchronous.log).toContain("BUG: KASAN: invalid-access");

    const asymmetric = start([["kasan.mode", "asymm"]]);
    const object = asymmetric.call("__kmalloc_noprof", 48n, GFP);
    asymmetric.access(other(object), 8, true);
    expect(asymmetric.reports).toEqual([]);
    asymmetric.access(other(object), 8);
    expect(asymmetric.bugs()).toEqual(["invalid-access Read"]);
    asymmetric.call("kasan_force_async_fault");
    expect(asymmetric.reports.length).toBe(2);
  });

  test("areas of vmalloc have a tag, and mappings of others' pages none; kasan.vmalloc=off: neither", () => {
    const { call, machine, access, reports } = start();
    const area = call("vmalloc_noprof", 5000n);
    expect(tagOf(area)).toBeLessThan(0xfe);
    expect([4999n, 5008n, 8191n].map((at) => machine.kasan.shadowByte(area + at))).toEqual([tagOf(area), 0xfe, 0xfe]);
    const page = call("vmalloc_to_page", area);
    expect(tagOf(call("page_address", page))).toBe(tagOf(area));
    const pages = new Uint8Array(new BigUint64Array([page]).buffer);
    const map = call("vmap", call("__kmalloc_noprof", 8n, GFP), 0, 0, 0);
    expect(map).toBe(0n);
    const list = call("__kmalloc_noprof", 8n, GFP);
    machine.guestMemory.write(list, pages);
    const mapped = call("vmap", list, 1, 0n, 0n);
    expect(tagOf(mapped)).toBe(0xff);
    // Not Normal-Tagged: any pointer may access it.
    access(withTag(mapped, 0xf1), 8, true);
    expect(reports).toEqual([]);
    call("vunmap", mapped);
    call("vfree", area);
    const off = start([["kasan.vmalloc", "off"]]);
    expect(tagOf(off.call("vmalloc_noprof", 5000n))).toBe(0xff);
  });

  test("kasan.page_alloc.sample: every nth large allocation has a tag, and every small one", () => {
    const { call } = start([
      ["kasan.page_alloc.sample", "4"],
      ["kasan.page_alloc.sample.order", "2"],
    ]);
    const tagged = (order: number) =>
      Array.from({ length: 12 }, () => {
        const page = call("alloc_pages_noprof", GFP, order);
        const pointer = call("page_address", page);
        call("__free_pages", page, order);
        return tagOf(pointer) !== 0xff;
      });
    expect(tagged(1)).toEqual(new Array(12).fill(true));
    const large = tagged(2);
    // Boot has made allocations, too.
    const first = large.indexOf(true);
    expect(first).toBeLessThan(4);
    expect(large).toEqual(Array.from({ length: 12 }, (_, i) => i % 4 === first));
  });

  test("kasan.write_only, kasan.stacktrace, kasan=off", () => {
    const writes = start([["kasan.write_only", "on"]]);
    const pointer = writes.call("__kmalloc_noprof", 48n, GFP);
    writes.access(other(pointer), 8);
    expect(writes.reports).toEqual([]);
    writes.access(other(pointer), 8, true);
    expect(writes.bugs()).toEqual(["invalid-access Write"]);

    const stackless = start([["kasan.stacktrace", "off"]]);
    const object = stackless.call("__kmalloc_noprof", 48n, GFP);
    stackless.access(object + 48n, 8);
    expect(stackless.reports).toMatchObject([{ bugType: "invalid-access" }]);
    expect(stackless.reports[0].allocated).toBeUndefined();

    const off = start([["kasan", "off"]]);
    expect([tagOf(off.call("__kmalloc_noprof", 48n, GFP)), off.log]).toEqual([0xff, []]);
  });

  test("boot parameters: what there is not is told in one line", () => {
    const refusal = (parameters: Parameters, mode: "hw_tags" | "generic" = "hw_tags") => {
      try {
        bootParameters(parameters, mode);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(refusal([["kasan.mode", "syn"]])).toBe("kasan.mode=syn: its values are: sync, async, asymm");
    expect(refusal([["kasan.mode", "sync"]], "generic")).toMatch(/means nothing in mode generic/);
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, value) => {
        const message = refusal([[name, value]]);
        expect(message === undefined || message.length > 0).toBe(true);
      }),
    );
    expect(bootParameters([["kasan.page_alloc.sample", "0x10"]], "hw_tags").pageAllocSample).toBe(16);
    expect(bootParameters([["kasan_multi_shot", ""]], "generic").multiShot).toBe(true);
    expect(bootParameters([["no_hash_pointers", ""]], "off").noHashPointers).toBe(true);
  });
});
