import { PAGE_SIZE } from "@kasan/shadow";
import { type ContractException, type ContractRunner, defineContract, equal, holds } from "@kasan/shadow/contract";
import fc from "fast-check";
import type { MakeScheme, ShadowScheme } from "../index.ts";
import { ToyMachine } from "./toy-machine.ts";

/** Page numbers used by the contract: areas are at 800 … 1055. */
const FIRST = 800;
const PAGES = 256;
/** The free range around all areas after they are gone. */
const SPACE = { first: FIRST - 64, end: FIRST + PAGES + 64 };

interface ModelArea {
  readonly vpn: number;
  readonly pages: number;
  /** Number of accessible bytes. */
  readonly size: number;
}

/** A scheme on its own machine, with assertions about areas. */
class Trial {
  readonly machine: ToyMachine;
  readonly scheme: ShadowScheme;

  constructor(make: MakeScheme, machine = new ToyMachine()) {
    this.machine = machine;
    this.scheme = make(machine.shadow);
  }

  populate(vpn: number, pages: number): void {
    holds(this.scheme.populate(vpn, pages), `populate refuses ${pages} pages at ${vpn}, with memory for them`);
  }

  isMapped(vpn: number, pages: number): void {
    for (let page = vpn; page < vpn + pages; page++) {
      holds(this.machine.shadowByte(page, 0) >= 0, `page ${page} has no shadow`);
    }
  }

  isPoisoned(vpn: number, pages: number): void {
    for (let page = vpn; page < vpn + pages; page++) {
      for (let offset = 0; offset < PAGE_SIZE; offset += 8) {
        const byte = this.machine.shadowByte(page, offset);
        if (byte >= 0 && byte < 0x80) holds(false, `page ${page} + ${offset} is accessible: ${byte}`);
      }
    }
  }

  /** Asserts that all of an area's bytes are accessible, and none behind them. */
  isUsable({ vpn, pages, size }: ModelArea): void {
    this.isMapped(vpn, pages);
    equal(this.machine.accessible(vpn, pages * PAGE_SIZE), size, `bytes accessible of the area at ${vpn}`);
    for (let offset = Math.ceil(size / 8) * 8; offset < pages * PAGE_SIZE; offset += 8) {
      const good = this.machine.shadowByte(vpn, offset) < 0x80;
      if (good) holds(false, `byte ${offset} of the area at ${vpn} is accessible, which has ${size}`);
    }
  }

  /** Asserts that no frame is lost: each allocated one is mapped. */
  hasAllFrames(): void {
    equal(this.machine.mapped.size, this.machine.frames.size, "pages of shadow mapped, of those allocated");
  }

  isFlushed(): void {
    equal(this.machine.stale.size, 0, "pages that were unmapped and never flushed");
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant("allocate" as const), pages: fc.integer({ min: 2, max: 24 }), cut: fc.nat(4095) }),
  fc.record({ do: fc.constant("free" as const), which: fc.nat() }),
  fc.record({ do: fc.constant("purge" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Allocates and frees areas over a scheme, with the calls that vmalloc makes. */
class ModelSpace {
  readonly trial: Trial;
  private readonly live: ModelArea[] = [];
  private lazy: ModelArea[] = [];

  constructor(make: MakeScheme) {
    this.trial = new Trial(make);
  }

  private isFree(vpn: number): boolean {
    return ![...this.live, ...this.lazy].some((area) => vpn >= area.vpn && vpn < area.vpn + area.pages);
  }

  private fits(vpn: number, pages: number): boolean {
    return Array.from({ length: pages }, (_, i) => vpn + i).every((page) => this.isFree(page));
  }

  take(next: Step): void {
    if (next.do === "allocate") this.allocate(next.pages, next.cut);
    else if (next.do === "purge") this.purge();
    else if (this.live.length > 0) this.free(next.which % this.live.length);
    for (const area of this.live) this.trial.isUsable(area);
  }

  /** Frees and purges all areas. */
  end(): void {
    while (this.live.length > 0) this.free(0);
    this.purge();
  }

  private allocate(pages: number, cut: number): void {
    let vpn = FIRST;
    while (vpn + pages <= FIRST + PAGES && !this.fits(vpn, pages)) vpn++;
    if (vpn + pages > FIRST + PAGES) return;
    const area = { vpn, pages, size: (pages - 1) * PAGE_SIZE - cut };
    this.trial.populate(vpn, pages);
    this.trial.isMapped(vpn, pages);
    this.trial.isPoisoned(vpn, pages);
    this.trial.scheme.unpoison(vpn, area.size);
    this.live.push(area);
  }

  private free(index: number): void {
    const [area] = this.live.splice(index, 1);
    const { vpn, pages } = area;
    this.trial.scheme.poison(vpn, pages - 1);
    this.trial.isPoisoned(vpn, pages);
    this.lazy.push(area);
  }

  private purge(): void {
    const waiting = [...this.lazy].sort((a, b) => a.vpn - b.vpn);
    this.lazy = [];
    for (const { vpn, pages } of waiting) {
      let low = vpn;
      let high = vpn + pages;
      while (low > SPACE.first && this.isFree(low - 1)) low--;
      while (high < SPACE.end && this.isFree(high)) high++;
      this.trial.scheme.release(vpn, pages, low, high - low);
    }
  }
}

/** Allocates and frees areas in any order and frees all in the end. */
function overAnySteps(make: MakeScheme, ended: (trial: Trial) => void): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const space = new ModelSpace(make);
      for (const next of steps) space.take(next);
      space.end();
      ended(space.trial);
    }),
    { numRuns: 60 },
  );
}

/** A trial in which two areas were allocated and freed. */
function released(make: MakeScheme): Trial {
  const trial = new Trial(make);
  const { scheme } = trial;
  const areas = [
    [FIRST + 5, 7],
    [FIRST + 12, 40],
  ] as const;
  for (const [vpn, pages] of areas) trial.populate(vpn, pages);
  for (const [vpn, pages] of areas) scheme.poison(vpn, pages - 1);
  for (const [vpn, pages] of areas) scheme.release(vpn, pages, SPACE.first, SPACE.end - SPACE.first);
  return trial;
}

/**
 * Defines the tests that any {@link ShadowScheme} with real shadow must pass. They run on a machine made of maps, with a byte of
 * shadow per 8 bytes.
 *
 * @param name The scheme's name, for titles.
 * @param make Creates the scheme.
 * @param exceptions The tests that do not apply to it.
 */
export function shadowSchemeContract(
  runner: ContractRunner,
  name: string,
  make: MakeScheme,
  exceptions: readonly ContractException[] = [],
): void {
  defineContract(runner, `${name} keeps the contract of a shadow scheme:`, exceptions, (test) => {
    test("it has a name that a command line can hold", () => {
      const { scheme } = new Trial(make);
      holds(/^[a-z][a-z0-9-]*$/.test(scheme.name), `the name is ${scheme.name}; use a-z, 0-9 and -`);
    });

    test("after populate all shadow of the area is mapped, and nothing accessible", () => {
      const trial = new Trial(make);
      for (const [vpn, pages] of [
        [FIRST, 1],
        [FIRST + 15, 2],
        [FIRST + 33, 100],
      ] as const) {
        trial.populate(vpn, pages);
        trial.isMapped(vpn, pages);
        trial.isPoisoned(vpn, pages);
      }
    });

    test("unpoison makes exactly the asked bytes accessible", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 20 }),
          fc.integer({ min: 1, max: 20 * PAGE_SIZE }),
          fc.integer({ min: 1, max: 9 }),
          (at, size, spare) => {
            const trial = new Trial(make);
            const area = { vpn: FIRST + at, pages: Math.ceil(size / PAGE_SIZE) + spare, size };
            trial.populate(area.vpn, area.pages);
            trial.scheme.unpoison(area.vpn, size);
            trial.isUsable(area);
          },
        ),
        { numRuns: 50 },
      );
    });

    test("after poison nothing is accessible, and the neighbours are as before", () => {
      const trial = new Trial(make);
      const areas = [
        { vpn: FIRST, pages: 3, size: 2 * PAGE_SIZE - 3 },
        { vpn: FIRST + 3, pages: 4, size: 3 * PAGE_SIZE },
        { vpn: FIRST + 7, pages: 12, size: 11 * PAGE_SIZE - 4001 },
      ] as const;
      for (const { vpn, pages, size } of areas) {
        trial.populate(vpn, pages);
        trial.scheme.unpoison(vpn, size);
      }
      trial.scheme.poison(areas[1].vpn, areas[1].pages - 1);
      trial.isPoisoned(areas[1].vpn, areas[1].pages);
      trial.isUsable(areas[0]);
      trial.isUsable(areas[2]);
    });

    test("release loses no frame, and leaves nothing to flush", () => {
      const trial = released(make);
      trial.hasAllFrames();
      trial.isFlushed();
    });

    test("once all areas are released, every frame is back", () => {
      equal(released(make).machine.frames.size, 0, "frames that stay");
    });

    test("when memory is short, populate says so, and holds nothing", () => {
      for (let limit = 0; limit < 6; limit++) {
        for (const limited of ["frames", "tables"]) {
          const machine = new ToyMachine(limited === "frames" ? limit : undefined);
          if (limited === "tables") machine.mapsLeft = limit;
          const trial = new Trial(make, machine);
          if (trial.scheme.populate(FIRST, 48)) trial.isMapped(FIRST, 48);
          else equal(machine.frames.size, 0, `frames that stay, with memory for ${limit} ${limited}`);
          trial.isFlushed();
        }
      }
    });

    test("over any sequence, areas in use keep their shadow, and no frame is lost or freed twice", () => {
      overAnySteps(make, (trial) => trial.hasAllFrames());
    });

    test("over any sequence, every frame is back in the end", () => {
      overAnySteps(make, ({ machine }) => equal(machine.frames.size, 0, "frames that stay"));
    });
  });
}
