import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MakePageScheme } from "../src/index.ts";
import { GROUP, PagedToy } from "./paged-toy.ts";

/** Exceptions that a scheme claims, each with its reason. */
export interface PageSchemeExceptions {
  /** Why it lets some bad accesses pass. */
  readonly misses?: string;
  /** Why its shadow does not come back. */
  readonly keeps?: string;
}

const PAGES = 4 * GROUP;
const CPUS = 2;

/** What is done: pages are taken (as kernel memory or not) or given, or a CPU looks at one, by CPU. */
const step = fc.record({
  cpu: fc.nat(CPUS - 1),
  pfn: fc.nat(PAGES - 1),
  what: fc.constantFrom("kernel", "other", "give", "look", "look"),
  order: fc.constantFrom(0, 0, 0, 1, 3, 4),
});

/** States, as tests, what any per-page scheme must do. */
export function pageSchemeContract(name: string, make: MakePageScheme, exceptions: PageSchemeExceptions = {}): void {
  describe(`${name} keeps the contract of a per-page scheme:`, () => {
    test("no access to memory in use is reported, and none to free memory passes, whatever the TLBs remember", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          const toy = new PagedToy(make, PAGES, CPUS);
          const blocks = new Map<number, number>();
          const used = new Set<number>();
          for (const { cpu, pfn, what, order } of steps) {
            toy.cpu = cpu;
            const first = pfn - (pfn % (1 << order));
            const pages = Array.from({ length: 1 << order }, (_, i) => first + i);
            if (what === "look") {
              if (used.has(pfn)) expect(toy.judges(cpu, pfn), `page ${pfn} in use`).toBe(true);
              else if (!exceptions.misses) expect(toy.judges(cpu, pfn), `free page ${pfn}`).toBe(false);
            } else if (what === "give") {
              const block = blocks.get(pfn);
              if (block === undefined) continue;
              blocks.delete(pfn);
              for (let page = pfn; page < pfn + block; page++) used.delete(page);
              toy.scheme.freed(pfn, block);
            } else if (!pages.some((page) => used.has(page))) {
              for (const page of pages) used.add(page);
              blocks.set(first, pages.length);
              expect(toy.scheme.allocated(first, pages.length, what === "kernel")).toBe(true);
            }
            expect(toy.locked).toBe(false);
          }
        }),
        { numRuns: 300 },
      );
    });

    test("memory in use is good at every CPU, after all pages have been everything", () => {
      const toy = new PagedToy(make, PAGES, CPUS);
      for (const kernel of [true, false, true, false]) {
        for (let pfn = 0; pfn < PAGES; pfn++) toy.scheme.allocated(pfn, 1, kernel);
        for (let pfn = 0; pfn < PAGES; pfn++) {
          for (let cpu = 0; cpu < CPUS; cpu++) expect(toy.judges(cpu, pfn)).toBe(true);
        }
        for (let pfn = 0; pfn < PAGES; pfn++) toy.scheme.freed(pfn, 1);
      }
    });

    test(exceptions.keeps ?? "shadow comes with the first page of kernel memory and goes with the last", () => {
      const toy = new PagedToy(make, PAGES);
      toy.scheme.allocated(1, 1, false);
      expect(toy.frames.size).toBe(0);
      toy.scheme.allocated(2, 1, true);
      toy.scheme.allocated(4, 4, true);
      expect(toy.frames.size).toBe(1);
      toy.scheme.freed(2, 1);
      expect(toy.frames.size).toBe(1);
      toy.scheme.freed(4, 4);
      expect(toy.frames.size).toBe(exceptions.keeps ? 1 : 0);
      expect(toy.judges(0, 1)).toBe(true);
    });

    test("where memory for shadow is short, kernel memory is refused, and all is as before", () => {
      const toy = new PagedToy(make, PAGES);
      toy.scheme.allocated(0, 1, false);
      toy.room = 1;
      expect(toy.scheme.allocated(GROUP, 2 * GROUP, true)).toBe(false);
      expect(toy.frames.size).toBe(0);
      expect(toy.judges(0, 0)).toBe(true);
      expect(toy.locked).toBe(false);
      toy.room = 2;
      expect(toy.scheme.allocated(GROUP, 2 * GROUP, true)).toBe(true);
    });
  });
}
