import { PAGE_SIZE } from "@kasan/shadow";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { ShadowBackend, ShadowScheme } from "../src/index.ts";
import { ToyMachine } from "./toy-machine.ts";

/** What the contract cannot know, and the exceptions that a scheme claims. */
export interface SchemeContractOptions {
  /** Whether all shadow pages come back when all areas were released. True by default. */
  freesAll?: boolean;
}

/** Page numbers that the contract uses: areas lie at 800 … 1055. */
const FIRST = 800;
const PAGES = 256;

interface ModelArea {
  readonly vpn: number;
  readonly pages: number;
  /** Bytes accessible. */
  readonly size: number;
}

/** States, as tests, what any {@link ShadowScheme} must do. */
export function shadowSchemeContract(
  name: string,
  make: (backend: ShadowBackend) => ShadowScheme,
  { freesAll = true }: SchemeContractOptions = {},
): void {
  describe(`${name} keeps the contract of a shadow scheme:`, () => {
    let machine: ToyMachine;
    let scheme: ShadowScheme;
    beforeEach(() => {
      machine = new ToyMachine();
      scheme = make(machine.shadow);
    });

    const isMapped = (vpn: number, pages: number) => {
      for (let page = vpn; page < vpn + pages; page++) {
        expect(machine.shadowByte(page, 0), `shadow of page ${page}`).toBeGreaterThanOrEqual(0);
      }
    };
    const isPoisoned = (vpn: number, pages: number) => {
      for (let page = vpn; page < vpn + pages; page++) {
        for (let offset = 0; offset < PAGE_SIZE; offset += 8) {
          const byte = machine.shadowByte(page, offset);
          if (byte >= 0 && byte < 0x80) expect.fail(`page ${page} + ${offset} is accessible: ${byte}`);
        }
      }
    };
    const holds = ({ vpn, pages, size }: ModelArea) => {
      isMapped(vpn, pages);
      expect(machine.accessible(vpn, pages * PAGE_SIZE)).toBe(size);
      const tail = Math.ceil(size / 8) * 8;
      for (let offset = tail; offset < pages * PAGE_SIZE; offset += 8) {
        if (machine.shadowByte(vpn, offset) < 0x80) expect.fail(`byte ${offset} of the area at ${vpn} is accessible`);
      }
    };
    const everything = { freeVpn: FIRST - 64, freePages: PAGES + 128 };

    test("it has a name that a command line can hold", () => {
      expect(scheme.name).toMatch(/^[a-z][a-z0-9-]*$/);
    });

    test("after populate all shadow of the area is mapped, and nothing accessible", () => {
      for (const [vpn, pages] of [
        [FIRST, 1],
        [FIRST + 15, 2],
        [FIRST + 33, 100],
      ] as const) {
        expect(scheme.populate(vpn, pages)).toBe(true);
        isMapped(vpn, pages);
        isPoisoned(vpn, pages);
      }
    });

    test("unpoison makes exactly the asked bytes accessible", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 20 }),
          fc.integer({ min: 1, max: 20 * PAGE_SIZE }),
          fc.integer({ min: 1, max: 9 }),
          (at, size, spare) => {
            machine = new ToyMachine();
            scheme = make(machine.shadow);
            const area = { vpn: FIRST + at, pages: Math.ceil(size / PAGE_SIZE) + spare, size };
            scheme.populate(area.vpn, area.pages);
            scheme.unpoison(area.vpn, size);
            holds(area);
          },
        ),
        { numRuns: 50 },
      );
    });

    test("after poison nothing is accessible, and the neighbours are as before", () => {
      const areas = [
        { vpn: FIRST, pages: 3, size: 2 * PAGE_SIZE - 3 },
        { vpn: FIRST + 3, pages: 4, size: 3 * PAGE_SIZE },
        { vpn: FIRST + 7, pages: 12, size: 11 * PAGE_SIZE - 4001 },
      ] as const;
      for (const { vpn, pages, size } of areas) {
        scheme.populate(vpn, pages);
        scheme.unpoison(vpn, size);
      }
      scheme.poison(areas[1].vpn, areas[1].pages - 1);
      isPoisoned(areas[1].vpn, areas[1].pages);
      holds(areas[0]);
      holds(areas[2]);
    });

    test("once all areas are released, every frame is back, after a flush", () => {
      scheme.populate(FIRST + 5, 7);
      scheme.populate(FIRST + 12, 40);
      scheme.poison(FIRST + 5, 6);
      scheme.poison(FIRST + 12, 39);
      scheme.release(FIRST + 5, 7, everything.freeVpn, everything.freePages);
      scheme.release(FIRST + 12, 40, everything.freeVpn, everything.freePages);
      if (freesAll) expect(machine.frames.size).toBe(0);
      expect(machine.mapped.size).toBe(machine.frames.size);
      expect(machine.stale.size).toBe(0);
    });

    test("when memory is short, populate says so, and holds nothing", () => {
      for (let limit = 0; limit < 6; limit++) {
        for (const limited of ["frames", "tables"]) {
          machine = new ToyMachine(limited === "frames" ? limit : undefined);
          if (limited === "tables") machine.mapsLeft = limit;
          scheme = make(machine.shadow);
          const done = scheme.populate(FIRST, 48);
          if (done) isMapped(FIRST, 48);
          else expect(machine.frames.size).toBe(0);
          expect(machine.stale.size).toBe(0);
        }
      }
    });

    test("over any sequence, areas in use keep their shadow, and no frame is lost or freed twice", () => {
      const step = fc.oneof(
        fc.record({ do: fc.constant("allocate" as const), pages: fc.integer({ min: 2, max: 24 }), cut: fc.nat(4095) }),
        fc.record({ do: fc.constant("free" as const), which: fc.nat() }),
        fc.record({ do: fc.constant("purge" as const) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          machine = new ToyMachine();
          scheme = make(machine.shadow);
          const live: ModelArea[] = [];
          let lazy: ModelArea[] = [];
          const isFree = (vpn: number) =>
            ![...live, ...lazy].some((area) => vpn >= area.vpn && vpn < area.vpn + area.pages);
          const purge = () => {
            const waiting = [...lazy].sort((a, b) => a.vpn - b.vpn);
            lazy = [];
            for (const { vpn, pages } of waiting) {
              let low = vpn;
              let high = vpn + pages;
              while (low > everything.freeVpn && isFree(low - 1)) low--;
              while (high < everything.freeVpn + everything.freePages && isFree(high)) high++;
              scheme.release(vpn, pages, low, high - low);
            }
          };
          for (const next of steps) {
            if (next.do === "allocate") {
              let vpn = FIRST;
              const fits = (at: number) => Array.from({ length: next.pages }, (_, i) => at + i).every(isFree);
              while (vpn + next.pages <= FIRST + PAGES && !fits(vpn)) vpn++;
              if (vpn + next.pages > FIRST + PAGES) continue;
              const area = { vpn, pages: next.pages, size: (next.pages - 1) * PAGE_SIZE - next.cut };
              expect(scheme.populate(vpn, area.pages)).toBe(true);
              isMapped(vpn, area.pages);
              isPoisoned(vpn, area.pages);
              scheme.unpoison(vpn, area.size);
              live.push(area);
            } else if (next.do === "free" && live.length > 0) {
              const [area] = live.splice(next.which % live.length, 1);
              scheme.poison(area!.vpn, area!.pages - 1);
              isPoisoned(area!.vpn, area!.pages);
              lazy.push(area!);
            } else if (next.do === "purge") purge();
            for (const area of live) holds(area);
          }
          while (live.length > 0) lazy.push(live.pop()!);
          for (const { vpn, pages } of lazy) scheme.poison(vpn, pages - 1);
          purge();
          if (freesAll) expect(machine.frames.size, "frames that stay").toBe(0);
          expect(machine.mapped.size, "frames lost").toBe(machine.frames.size);
        }),
        { numRuns: 60 },
      );
    });
  });
}
