import { architectures } from "@kasan/architectures";
import { PAGE_SIZE, vpnOf } from "@kasan/shadow";
import { type ShadowBackend, type ShadowScheme, Vmalloc, type VmallocRequest } from "@kasan/vmalloc";
import fc from "fast-check";
import { type ExploredScheme, exploredPlatform, makeScenario, type Scenario } from "../src/index.ts";

/** What a CPU does to memory, without a scheme's protocol around it. Words are the reference counts of pages. */
type RawStep =
  /** Writes a word that every CPU reaches. */
  | { readonly do: "write"; readonly word: number; readonly value: number }
  /** Reads such a word, and writes what it was to a word of the CPU's own; fails if it is `never`. */
  | { readonly do: "read"; readonly word: number; readonly never?: number }
  /** Allocates a page, writes its word, maps it, and reads the word again. */
  | { readonly do: "publish"; readonly value: number }
  /** Writes the word of the page that somebody has published, if it is mapped. */
  | { readonly do: "visit"; readonly value: number }
  /** Takes away the published page: unmaps, flushes, frees it. */
  | { readonly do: "withdraw" }
  /** Flushes every CPU's TLBs, which drains the store buffer. */
  | { readonly do: "flush" };

/** Steps of a CPU, and whether it makes them under a lock. */
export interface RawProgram {
  readonly locked: boolean;
  readonly steps: readonly RawStep[];
}

/** Words that every CPU reaches. After them each CPU has one for what it read. */
const WORDS = 2;
/** Pages of the region: shadow pages 0 … 7. */
const PAGES = 64;

/** The region's first page, and that of its shadow. */
function regionOf(architecture: string): { readonly vpn: number; readonly shadowVpn: number } {
  const { layout } = exploredPlatform(architectures.get(architecture));
  const perPage = 1 << layout.shadowScaleShift;
  const group = Math.ceil(vpnOf(layout.vmallocStart) / perPage);
  return { vpn: group * perPage, shadowVpn: group + vpnOf(layout.shadowOffset) };
}

class Script {
  private readonly base: number;

  constructor(
    private readonly backend: ShadowBackend,
    architecture: string,
    private readonly cpus: number,
  ) {
    this.base = regionOf(architecture).shadowVpn;
  }

  /** Maps the pages of the words. */
  start(): void {
    for (let page = 0; page < WORDS + this.cpus; page++)
      this.backend.map(this.base + page, this.backend.allocatePage());
  }

  run(cpu: number, { steps }: RawProgram): void {
    for (const step of steps) this.step(cpu, step);
  }

  private step(cpu: number, step: RawStep): void {
    const { backend } = this;
    const published = this.base + WORDS + this.cpus;
    if (step.do === "write") backend.setReferences(this.page(step.word), step.value);
    else if (step.do === "flush") backend.flush(published, 1);
    else if (step.do === "read") {
      const value = backend.references(this.page(step.word));
      if (value === step.never) throw new Error(`${value} was read`);
      backend.setReferences(this.page(WORDS + cpu), 100 + value);
    } else if (step.do === "publish") {
      const page = backend.allocatePage();
      if (page < 0) return;
      backend.setReferences(page, step.value);
      if (backend.lookup(published) >= 0 || !backend.map(published, page)) return;
      backend.setReferences(this.page(WORDS + cpu), 200 + backend.references(page));
    } else {
      const page = step.do === "visit" ? backend.lookup(published) : this.unmap(published);
      if (page < 0) return;
      if (step.do === "visit") backend.setReferences(page, step.value);
      else backend.freePage(page);
    }
  }

  private unmap(vpn: number): number {
    if (this.backend.lookup(vpn) < 0) return -1;
    const page = this.backend.unmap(vpn);
    this.backend.flush(vpn, 1);
    return page;
  }

  private page(word: number): number {
    return this.backend.lookup(this.base + word);
  }
}

/** A scenario in which each CPU runs a program. */
export function rawScenario(architecture: string, programs: readonly RawProgram[]): Scenario {
  const make = (backend: ShadowBackend): ShadowScheme => {
    const script = new Script(backend, architecture, programs.length);
    return {
      name: "raw",
      real: true,
      unused: "unmapped",
      // The number of pages says which program: the last one is the set-up.
      populate: (_, pages) => {
        if (pages > programs.length) script.start();
        else script.run(pages - 1, programs[pages - 1]!);
        return true;
      },
      unpoison: () => {},
      poison: () => {},
      release: () => {},
    };
  };
  const region = regionOf(architecture);
  class Raw extends Vmalloc {
    override allocate({ size }: VmallocRequest): number {
      const pages = size / PAGE_SIZE;
      const { locked = false } = programs[pages - 1] ?? {};
      if (locked) this.lock.acquire();
      this.shadow?.populate(region.vpn, pages);
      if (locked) this.lock.release();
      return -1;
    }
  }
  const scheme: ExploredScheme = { name: "raw", make, vmalloc: Raw };
  const area = (cpu: number) => `allocate a${cpu} ${cpu}`;
  return makeScenario(
    {
      scheme: "raw",
      architecture,
      pages: PAGES,
      frames: 12,
      setup: [area(programs.length + 1)],
      programs: programs.map((_, cpu) => [area(cpu + 1)]),
    },
    scheme,
  );
}

const word = fc.nat(WORDS - 1);
const value = fc.integer({ min: 2, max: 4 });
const rawStep: fc.Arbitrary<RawStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("write" as const), word, value }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("read" as const), word, never: value }, { requiredKeys: ["do", "word"] }),
  },
  fc.record({ do: fc.constant("publish" as const), value }),
  fc.record({ do: fc.constant("visit" as const), value }),
  fc.record({ do: fc.constantFrom("withdraw" as const, "flush" as const) }),
);

/** Programs of two or three CPUs: races of reads after writes, pages that become visible and go, under locks and without. */
export const rawPrograms: fc.Arbitrary<RawProgram[]> = fc.oneof(
  fc.array(fc.record({ locked: fc.boolean(), steps: fc.array(rawStep, { minLength: 1, maxLength: 4 }) }), {
    minLength: 2,
    maxLength: 2,
  }),
  fc.array(fc.record({ locked: fc.boolean(), steps: fc.array(rawStep, { minLength: 1, maxLength: 2 }) }), {
    minLength: 3,
    maxLength: 3,
  }),
);
