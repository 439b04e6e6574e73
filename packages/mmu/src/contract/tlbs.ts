import { addressOf } from "@kasan/shadow";
import type { ContractTest } from "@kasan/shadow/contract";
import fc from "fast-check";
import {
  Access,
  AddressSpace,
  type Entry,
  type LiveChange,
  Mmu,
  PageFlags,
  TlbKind,
  WalkResult,
  walkFor,
} from "../index.ts";
import { WalkCache } from "../walk-cache.ts";
import { ACCESSED, DIRTY, EXEC, READ, TestMachine, USED, Window, WRITE } from "./machine.ts";
import { equal, holds, matches, refuses, type Subject } from "./subject.ts";

/** Tests of CPUs that access memory through the format: what they cache, what they mark, and which flushes they need. */
export function tlbTests(test: ContractTest, subject: Subject): void {
  const { architecture, last, pageBytes, pagePages } = subject;
  const { levels } = architecture;
  const { places, blockPages, pages: window, somePage } = new Window(subject);
  const vpn = places[0]!;
  const out: Entry = { lo: 0, hi: 0 };

  /** A machine, and its first CPU. */
  function withCpu() {
    const machine = new TestMachine(subject);
    return { ...machine, cpu: machine.tlbs.cpu(0), mmu: new Mmu(machine.space, machine.tlbs.cpu(0)) };
  }

  test("marks pages as accessed and dirty, and stores after a read still do", () => {
    const { space, cpu, mmu, ram } = withCpu();
    space.mapPage(vpn, (ram / 2 / 4096 / pagePages) * pagePages, READ | WRITE | ACCESSED).ignore("new");
    const marks = () => space.walk(vpn).flags & (ACCESSED | DIRTY);
    equal(mmu.read8(vpn, 0), 0, "the byte read");
    equal(marks() & ACCESSED, ACCESSED, "the mark of a read");
    const known = cpu.lookup(TlbKind.DATA, vpn, true) >= 0;
    equal(known, marks() === (ACCESSED | DIRTY), "whether a store finds the page in the TLB without its mark");
    holds(mmu.write8(vpn, 0, 1), "the store faults");
    equal(marks(), ACCESSED | DIRTY, "the marks of a store");
    equal(cpu.lookup(TlbKind.DATA, vpn, true), ram / 2, "what a store finds in the TLB then");
  });

  test("a walk from a remembered table tells what the whole walk tells", () => {
    const step = fc.record({
      what: fc.constantFrom("map", "unmap", "protect", "walk", "walk"),
      page: somePage,
      pages: fc.constantFrom(1, 3, blockPages),
      flags: fc.constantFrom(READ, READ | WRITE, READ | WRITE | EXEC),
      access: fc.constantFrom(Access.READ, Access.WRITE, Access.EXECUTE),
      freeTables: fc.boolean(),
    });
    const [whole, quick] = [new WalkResult(), new WalkResult()];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.array(step, { maxLength: 30 }), (place, steps) => {
        const { space, cpu } = withCpu();
        const cache = new WalkCache(space);
        for (const { what, page, access, flags, freeTables, ...size } of steps) {
          const vpn = place + page * pagePages;
          const bytes = Math.min(size.pages, window - page) * pageBytes;
          if (what === "map") space.map(addressOf(vpn, 0), 0, bytes, flags, { replace: true }).flush();
          else if (what === "unmap") space.unmap(addressOf(vpn, 0), bytes, { freeTables }).flush();
          else if (what === "protect") space.protect(addressOf(vpn, 0), bytes, flags).flush();
          for (const at of [vpn, vpn + pagePages, place]) {
            const permitted = cache.walkFor(at, access, cpu.flushes, quick);
            equal(permitted, walkFor(space, at, access, whole), "whether the access is permitted");
            const { path: _path, limit: _limit, ...told } = quick;
            matches(whole, told, "the whole walk");
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a remembered table permits no more than those above it", () => {
    const { space, mmu, memory, ram } = withCpu();
    for (const i of [0, 1]) space.mapPage(vpn + i * pagePages, (ram / 2 + i * pageBytes) / 4096, USED).ignore("new");
    const { path } = space.walk(vpn);
    const [table, above] = [path[last]! - (path[last]! % (2 ** levels[last]!.indexBits * 8)), path[last - 1]!];
    architecture.encodeTable(last - 1, table, READ, out);
    memory.storeEntry(above, out.lo, out.hi);
    equal(mmu.translate(vpn, Access.READ), ram / 2, "what a read finds");
    const permitted = walkFor(space, vpn + pagePages, Access.WRITE, new WalkResult());
    equal(mmu.translate(vpn + pagePages, Access.WRITE) >= 0, permitted, "whether a store is permitted");
  });

  test("a remembered table that another takes the place of is used until the flush, and never longer", () => {
    const { space, cpu, mmu, memory, frames, ram } = withCpu();
    const frame = (i: number) => ram / 2 + i * pageBytes;
    space.mapPage(vpn, frame(1) / 4096, USED).ignore("new");
    space.mapPage(vpn + pagePages, frame(2) / 4096, USED).ignore("new");
    equal(mmu.translate(vpn, Access.READ), frame(1), "the first page");
    const table = frames.allocate();
    const path = Float64Array.from(space.walk(vpn).path);
    const index = (path[last]! % pageBytes) / 8;
    memory.copyTable(table, path[last]! - index * 8, pageBytes);
    memory.storeEntry(table + (index + 1) * 8, 0, 0);
    architecture.encodeTable(last - 1, table, READ | WRITE | EXEC, out);
    memory.storeEntry(path[last - 1]!, out.lo, out.hi);
    equal(mmu.translate(vpn + pagePages, Access.READ), frame(2), "the second page, before the flush");
    cpu.flushPage(vpn + pagePages);
    equal(mmu.translate(vpn + pagePages, Access.READ), -1, "the second page, after the flush");
  });

  test("keeps what a TLB holds until it is flushed, and never longer", () => {
    const step = fc.record({
      page: fc.integer({ min: 0, max: 7 }),
      what: fc.constantFrom("map", "unmap", "read"),
      spend: fc.constantFrom("flush", "ignore"),
      frame: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { space, mmu, ram } = withCpu();
        const mapped = new Map<number, number>();
        const cached = new Map<number, number>();
        for (const { page, what, spend, frame } of steps) {
          const vpn = places[0]! + page * pagePages;
          if (what === "read") {
            const seen = cached.get(page) ?? mapped.get(page) ?? -1;
            equal(mmu.translate(vpn, Access.READ), seen, `what a read of page ${page} finds`);
            if (seen >= 0) cached.set(page, seen);
            else matches(mmu.fault, { reason: "not-present", vpn, access: Access.READ }, "the fault");
            continue;
          }
          const physical = ram / 2 + frame * pageBytes;
          if (what === "map") {
            space.replacePage(vpn, physical / 4096, USED);
            if (architecture.breakBeforeMake && mapped.has(page)) cached.delete(page);
            mapped.set(page, physical);
          } else {
            space.unmapPage(vpn);
            mapped.delete(page);
          }
          if (space.pending.spent) continue;
          if (spend === "ignore") space.pending.ignore("a stale entry is wanted");
          else cached.delete(page);
          if (spend === "flush") space.pending.flush();
        }
      }),
    );
  });

  test("reports a change of a live entry that needs break-before-make, and no other", () => {
    const { memory, frames, tlbs, ram } = withCpu();
    const seen: LiveChange[] = [];
    const lenient = new AddressSpace({ architecture, memory, frames, tlbs, onLiveChange: (one) => seen.push(one) });
    const change = fc.record({
      page: fc.integer({ min: 0, max: 2 }),
      clear: fc.boolean(),
      flags: fc.constantFrom(USED, USED & ~WRITE, USED & ~ACCESSED, USED | EXEC, USED & ~DIRTY),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), (changes) => {
        let live: number | undefined;
        for (const { page, clear, flags } of changes) {
          seen.length = 0;
          lenient.setEntry(last, vpn, clear ? 0n : leaf(ram / 2 + page * pageBytes, flags)).flush();
          const breaks = architecture.breakBeforeMake && !clear && live !== undefined && live !== page;
          const reported = seen.map(({ what, vpn, level }) => ({ what, vpn, level }));
          equal(reported, breaks ? [{ what: "output address", vpn, level: last }] : [], "what was reported");
          live = clear ? undefined : page;
          equal(lenient.lookup(vpn), clear ? -1 : (ram / 2 + page * pageBytes) / 4096, "what is mapped then");
        }
        lenient.setEntry(last, vpn, 0n).flush();
      }),
    );
  });

  test("refuses a change of a live entry that needs break-before-make, and can do it in two steps", () => {
    const { space, ram } = withCpu();
    space.mapPage(vpn, ram / 2 / 4096, USED).ignore("new");
    const other = () => space.setEntry(last, vpn, leaf(ram / 2 + pageBytes, USED));
    if (architecture.breakBeforeMake) {
      refuses(other, "BREAK_BEFORE_MAKE", "", "another output address");
      equal(space.lookup(vpn), ram / 2 / 4096, "what is mapped after an error");
      space.replacePage(vpn, ram / 2 / 4096 + pagePages, USED);
      space.pending.flush();
    } else other().flush();
    equal(space.lookup(vpn), ram / 2 / 4096 + pagePages, "what is mapped then");
  });

  test("reports the same of a change by page number", () => {
    const { memory, frames, tlbs, ram } = withCpu();
    let reports = 0;
    const lenient = new AddressSpace({ architecture, memory, frames, tlbs, onLiveChange: () => reports++ });
    const changes = (pfn: number) => {
      const { stale } = lenient.changePage(vpn, pfn, USED);
      lenient.pending.flush();
      return stale;
    };
    equal(changes(ram / 2 / 4096), false, "whether something was mapped before, the first time");
    equal(changes(ram / 2 / 4096 + pagePages), true, "whether something was mapped before, the second time");
    equal(reports, architecture.breakBeforeMake ? 1 : 0, "reports");
    equal(lenient.lookup(vpn), ram / 2 / 4096 + pagePages, "what is mapped then");
  });

  test("finds and names a flush that was forgotten", () => {
    const { space, mmu } = withCpu();
    space.mapPage(vpn, 0, PageFlags.KERNEL);
    const start = addressOf(vpn, 0);
    const again: Readonly<Record<string, () => unknown>> = {
      mapPage: () => space.mapPage(vpn + pagePages, 0, PageFlags.KERNEL),
      unmapPage: () => space.unmapPage(vpn),
      map: () => space.map(start, 0, pageBytes, PageFlags.KERNEL),
      unmap: () => space.unmap(start, pageBytes),
      protect: () => space.protect(start, pageBytes, READ),
      split: () => space.split(start, pageBytes),
      setTable: () => space.setTable(0, vpn, 0),
      read8: () => mmu.read8(vpn, 0),
    };
    for (const [name, change] of Object.entries(again)) {
      refuses(change, "FLUSH_PENDING", start.toString(16), `${name}() while a flush is pending`);
    }
    space.pending.flush();
    holds(mmu.read8(vpn, 0) >= 0, "a read faults after the flush");
  });

  /** A leaf of the last level, as bits. */
  function leaf(physical: number, flags: number): bigint {
    architecture.encodeLeaf(last, physical, flags, out);
    return (BigInt(out.hi >>> 0) << 32n) | BigInt(out.lo >>> 0);
  }
}
