import fc from "fast-check";
import type { MakePageScheme } from "../index.ts";
import { equal, holds } from "./assert.ts";
import { GROUP, PagedToy } from "./paged-toy.ts";
import { type ContractException, type ContractRunner, defineContract } from "./runner.ts";

const PAGES = 4 * GROUP;
const CPUS = 2;

/** The operations of each CPU: take a page (as kernel memory or not), give it back, or access it. */
const step = fc.record({
  cpu: fc.nat(CPUS - 1),
  pfn: fc.nat(PAGES - 1),
  what: fc.constantFrom("kernel", "other", "give", "look", "look"),
  order: fc.constantFrom(0, 0, 0, 1, 3, 4),
});

/** Does any steps, and asks `judge` about each look: whether the page is in use, and whether the access was judged good. */
function overAnySteps(make: MakePageScheme, judge: (used: boolean, good: boolean, pfn: number) => void): void {
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
          judge(used.has(pfn), toy.judges(cpu, pfn), pfn);
        } else if (what === "give") {
          const block = blocks.get(pfn);
          if (block === undefined) continue;
          blocks.delete(pfn);
          for (let page = pfn; page < pfn + block; page++) used.delete(page);
          toy.scheme.freed(pfn, block);
        } else if (!pages.some((page) => used.has(page))) {
          for (const page of pages) used.add(page);
          blocks.set(first, pages.length);
          holds(toy.scheme.allocated(first, pages.length, what === "kernel"), `pages at ${first} were refused`);
        }
        holds(!toy.locked, "the lock is held after an operation");
      }
    }),
    { numRuns: 300 },
  );
}

/** A machine that had pages of kernel memory in one group, and the frames of shadow before, during and after. */
function comeAndGo(make: MakePageScheme): { readonly toy: PagedToy; readonly counts: readonly number[] } {
  const toy = new PagedToy(make, PAGES);
  const counts: number[] = [];
  const count = () => counts.push(toy.frames.size);
  toy.scheme.allocated(1, 1, false);
  count();
  toy.scheme.allocated(2, 1, true);
  toy.scheme.allocated(4, 4, true);
  count();
  toy.scheme.freed(2, 1);
  count();
  toy.scheme.freed(4, 4);
  count();
  return { toy, counts };
}

/**
 * States, as tests, what any {@link MakePageScheme | per-page scheme} must do. It runs over a machine of maps: CPUs whose TLBs keep
 * what they saw until something flushes them.
 *
 * @param name The scheme's name, for titles.
 * @param make Makes the scheme.
 * @param exceptions The tests that do not hold for it.
 */
export function pageSchemeContract(
  runner: ContractRunner,
  name: string,
  make: MakePageScheme,
  exceptions: readonly ContractException[] = [],
): void {
  defineContract(runner, `${name} keeps the contract of a per-page scheme:`, exceptions, (test) => {
    test("no access to memory in use is reported, whatever the TLBs remember", () => {
      overAnySteps(make, (used, good, pfn) => holds(good || !used, `an access to page ${pfn}, in use, is reported`));
    });

    test("no access to free memory passes, whatever the TLBs remember", () => {
      overAnySteps(make, (used, good, pfn) => holds(used || !good, `an access to page ${pfn}, free, passes`));
    });

    test("memory in use is good at every CPU, after all pages have been everything", () => {
      const toy = new PagedToy(make, PAGES, CPUS);
      for (const kernel of [true, false, true, false]) {
        for (let pfn = 0; pfn < PAGES; pfn++) toy.scheme.allocated(pfn, 1, kernel);
        for (let pfn = 0; pfn < PAGES; pfn++) {
          for (let cpu = 0; cpu < CPUS; cpu++) holds(toy.judges(cpu, pfn), `page ${pfn} is bad at CPU ${cpu}`);
        }
        for (let pfn = 0; pfn < PAGES; pfn++) toy.scheme.freed(pfn, 1);
      }
    });

    test("shadow comes with the first page of kernel memory", () => {
      const { toy, counts } = comeAndGo(make);
      equal(counts.slice(0, 3), [0, 1, 1], "pages of shadow");
      holds(toy.judges(0, 1), "memory beside kernel memory is bad");
    });

    test("shadow goes with the last page of kernel memory", () => {
      equal(comeAndGo(make).counts.at(-1), 0, "pages of shadow that are left");
    });

    test("where memory for shadow is short, kernel memory is refused, and all is as before", () => {
      const toy = new PagedToy(make, PAGES);
      toy.scheme.allocated(0, 1, false);
      toy.room = 1;
      holds(!toy.scheme.allocated(GROUP, 2 * GROUP, true), "kernel memory was not refused");
      equal(toy.frames.size, 0, "pages of shadow that are left");
      holds(toy.judges(0, 0), "memory that was in use before is bad");
      holds(!toy.locked, "the lock is held after an operation");
      toy.room = 2;
      holds(toy.scheme.allocated(GROUP, 2 * GROUP, true), "kernel memory is refused with room for its shadow");
    });
  });
}
