import { existsSync, readFileSync } from "node:fs";
import { architectures } from "@kasan/architectures";
import { regionOf } from "@kasan/mmu";
import { bugTraits } from "@kasan/shadow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryImage, openImage } from "./image.ts";
import { verdictOf } from "./inspect/verdict.ts";
import { parseKernelConfig } from "./kernel-config.ts";
import { filterImage } from "./listing/filter.ts";
import { formatOf, listImage, spellLine } from "./listing/listing.ts";
import type { ByteSource } from "./source.ts";

/** Listings and memory of real kernels; see the README there. */
const ORACLE = new URL("../../../../shared/oracle/", import.meta.url).pathname;
const present = existsSync(ORACLE);
if (!present) console.warn(`skipped: comparison with real kernels, for which ${ORACLE} is needed`);

/** A file that is not read: what is asked for is in memory that is open already. */
const NOTHING: ByteSource = { size: 0, read: () => 0, close: () => undefined };

/** A real kernel's dump, and what changed between its listing and its dump. */
interface Dump {
  readonly folder: string;
  readonly machine: object;
  /**
   * Regions that changed between the listing and the dump, taken a little later, as first and last address: thread stacks that
   * came and went in vmalloc space and, on x86-64, real shadow under them. On arm64 vmalloc's lazily freed areas only.
   */
  readonly changed: readonly (readonly [string, string])[];
  /** Lines of the kernel's listing outside these. */
  readonly lines: number;
  /** How many of the shadow rows that reports printed stand in the dump, and how many there are. */
  readonly shadow: readonly [standing: number, rows: number];
  /** How many reports of accesses have the row with the first bad address there, and how many reports there are. */
  readonly reported: readonly [standing: number, reports: number];
}

const DUMPS: readonly Dump[] = [
  {
    folder: "x86_64-4level-generic",
    machine: { arch: "x86_64", kasan: "generic", roots: [0x1e62000], kernelOffset: 0n, release: "6.12.117" },
    changed: [
      ["ffffc90000268000", "ffffc9000043ffff"],
      ["fffff52000085000", "fffff52000089fff"],
      // One page of a driver's: first written to after the listing, so that its dirty bit was not yet that of its neighbours.
      ["ffff8880029ee000", "ffff8880029f1fff"],
    ],
    lines: 238,
    shadow: [364, 775],
    reported: [16, 146],
  },
  {
    folder: "x86_64-5level-generic",
    machine: { arch: "x86_64", kasan: "generic", roots: [0x1e62000], kernelOffset: 0n, release: "6.12.117" },
    changed: [
      ["ffa0000000248000", "ffa000000042ffff"],
      ["fff3fc0000081000", "fff3fc0000083fff"],
    ],
    lines: 252,
    shadow: [285, 775],
    reported: [25, 146],
  },
  {
    folder: "arm64-48bit-4k-swtags",
    machine: {
      arch: "arm64",
      kasan: "sw_tags",
      roots: [Number.NaN, 0x409cf000],
      kernelOffset: 0n,
      release: "6.12.117",
    },
    changed: [["ffff800080c38000", "ffff80008118ffff"]],
    lines: 169,
    shadow: [600, 875],
    reported: [17, 166],
  },
  {
    folder: "riscv64-sv39-generic",
    machine: { arch: "riscv64", kasan: "generic", roots: [0x8116d000], release: "6.12.117" },
    changed: [],
    lines: 53,
    shadow: [275, 705],
    reported: [14, 132],
  },
  {
    folder: "riscv64-sv48-generic",
    machine: { arch: "riscv64", kasan: "generic", roots: [0x8116d000], release: "6.12.117" },
    changed: [],
    lines: 53,
    shadow: [272, 705],
    reported: [14, 132],
  },
  {
    folder: "riscv64-sv57-generic",
    machine: { arch: "riscv64", kasan: "generic", roots: [0x8116d000], release: "6.12.117" },
    changed: [],
    lines: 53,
    shadow: [273, 705],
    reported: [13, 132],
  },
];

describe.skipIf(!present).each(DUMPS)(
  "the dump of $folder",
  ({ folder, machine, changed, lines, shadow, reported }) => {
    let image: MemoryImage;
    let log: string[];
    beforeAll(async () => {
      image = await openImage(`${ORACLE}${folder}/memory.elf.zst`);
      log = readFileSync(`${ORACLE}${folder}/console.log`, "utf8").split(/\r?\n/);
    });
    afterAll(() => image.close());

    test("tells what machine it is of", () => {
      expect(image.machine).toMatchObject(machine);
      expect(image.machine.rootFrom).toBe("VMCOREINFO's swapper_pg_dir");
      expect(image.warnings).toEqual([]);
    });

    test("has page tables that a search finds too, where nothing names them", () => {
      const evidence = { memory: image.memory, notes: [], facts: () => undefined, hints: { choice: {} } };
      const found = architectures.get(image.machine.arch).identify!(evidence)!;
      expect(found.rootFrom).toBe("search");
      expect(found.roots).toEqual(image.roots);
      expect(found.platform.name).toBe(image.architecture.name);
      expect(found.kasan).toBe(image.machine.kasan);
    });

    test("lists as the kernel listed, line by line, apart from what changed", () => {
      const inChanged = (line: string) => {
        const start = line.slice(2, 18);
        return changed.some(([first, last]) => first <= start && start <= last);
      };
      const listed = log.slice(log.indexOf("@@@ PT BEGIN") + 1, log.indexOf("@@@ PT END"));
      const format = formatOf(image);
      const ours = Array.from(listImage(image), (line) => spellLine(format, line));
      const expected = listed.filter((line) => !inChanged(line));
      expect(ours.filter((line) => !inChanged(line))).toEqual(expected);
      expect(expected.length).toBe(lines);
      console.info(`${folder}: ${expected.length} of ${listed.length} lines compared`);
    });

    test("has the headings of its configuration, found in its tables alone", () => {
      const file = `${ORACLE}${folder}/kernel.config`;
      const config = existsSync(file) ? parseKernelConfig(readFileSync(file, "utf8")) : undefined;
      const headings = log.flatMap((line) => /^---\[ (.*) \]---$/.exec(line)?.[1] ?? []);
      for (const known of [undefined, config]) {
        const told = new MemoryImage(NOTHING, image.memory, { ...image.machine, config: known }, []);
        expect(Array.from(listImage(told)).flatMap((line) => (line.kind === "marker" ? [line.name] : []))).toEqual(
          headings,
        );
      }
    });

    test("has the shadow rows that its reports printed, where memory was not reused", () => {
      const rows = shadowRows(log);
      const stands = ({ address, bytes }: Row) => {
        const now = shadowAt(image, address, bytes.length);
        return bytes.every((byte, i) => byte === now[i]);
      };
      const standing = rows.filter(stands);
      const reused = new Set(
        rows.filter((row) => !stands(row)).map(({ address }) => regionOf(image.architecture.regions, address).name),
      );
      console.info(`${folder}: ${standing.length} of ${rows.length} shadow rows of reports stand in the dump`);
      expect([standing.length, rows.length]).toEqual(shadow);
      // Missing rows are of heap and stacks, which were freed and reused. Rows of modules are all there, since globals stay.
      const { regions, layout } = image.architecture;
      expect([...reused].sort()).toEqual([regionOf(regions, layout.pageOffset).name, "vmalloc"]);
      expect(new Set(standing.map(({ address }) => address)).size).toBeGreaterThan(50);
    });

    test("says of each access that was reported what the report said, where its shadow stands", () => {
      const reports = accesses(log);
      const now = reports.filter(({ rows }) =>
        rows.every(({ address, bytes }) =>
          shadowAt(image, address, bytes.length).every((byte, i) => byte === bytes[i]),
        ),
      );
      const verdicts = now.map(({ address, size, write }) => verdictOf(image, address, { size, write }));
      expect(verdicts.map(({ kind }) => kind)).toEqual(now.map(() => "reported"));
      // A tag does not tell freed memory from memory past the end. The kernel knows from its stack ring.
      const known = (bug: string) => (image.machine.kasan === "sw_tags" ? "invalid-access" : bug);
      expect(verdicts.map(({ bug }) => bug)).toEqual(now.map(({ bug }) => known(bug)));
      expect([now.length, reports.length]).toEqual(reported);
    });
  },
);

describe.skipIf(!present)("the dump of a kernel that ran tests of vmalloc after it had listed its tables", () => {
  const folder = "x86_64-4level-generic-vmalloc-trace";
  let image: MemoryImage;
  beforeAll(async () => {
    image = await openImage(`${ORACLE}${folder}/memory.elf.zst`);
  });
  afterAll(() => image.close());

  test("lists as the kernel listed, apart from where the tests and their module were", () => {
    const changed = [
      // The direct map, split for pages of the tests' module that were read-only for a time; vmalloc space, modules, their shadow.
      ["ffff888002400000", "ffff888027ffffff"],
      ["ffffc90000268000", "ffffc9003fffffff"],
      ["fffff52000000000", "fffff5203fffffff"],
      ["fffffbfff0600000", "fffffbffffdfffff"],
      ["ffffffffa0000000", "fffffffffeffffff"],
    ] as const;
    const unchanged = (line: string) =>
      !changed.some(([first, last]) => first <= line.slice(2, 18) && line.slice(2, 18) <= last);
    const log = readFileSync(`${ORACLE}${folder}/console.log`, "utf8").split(/\r?\n/);
    const listed = log.slice(log.indexOf("@@@ PT BEGIN") + 1, log.indexOf("@@@ PT END")).filter(unchanged);
    const format = formatOf(image);
    expect(Array.from(listImage(image), (line) => spellLine(format, line)).filter(unchanged)).toEqual(listed);
    expect(listed.length).toBe(187);
  });

  test("has as much real shadow under vmalloc space as was counted when it was taken", () => {
    let pages = 0;
    for (const { state, start, end } of filterImage(image, { from: 0xfffff52000000000n, to: 0xfffff91fffffffffn })) {
      if (state === "mapped") pages += Number(end - start + 1n) / 4096;
    }
    expect(pages).toBe(1350);
  });
});

/** An access that a report is about, and the row of shadow with the first bad address. */
interface Accessed {
  readonly bug: string;
  readonly address: bigint;
  readonly size: number;
  readonly write: boolean;
  readonly rows: readonly Row[];
}

/** The accesses, of known addresses and sizes, of a log's reports. */
function accesses(log: readonly string[]): Accessed[] {
  const starts = log.flatMap((line, i) => (line.includes("BUG: KASAN: ") ? [i] : []));
  return starts.flatMap((start, i) => {
    const lines = log.slice(start, starts[i + 1]);
    const bug = /BUG: KASAN: ([a-z-]+) in /.exec(lines[0]!)?.[1];
    const access = /(Read|Write) of size (\d+) at addr ([0-9a-f]{16})/.exec(lines[1]!);
    if (bug === undefined || access === null || bugTraits(bug).family === "free") return [];
    const [, kind, size, address] = access;
    return [
      {
        bug,
        address: BigInt(`0x${address}`),
        size: Number(size),
        write: kind === "Write",
        rows: shadowRows(lines.filter((line) => line.includes("] >"))),
      },
    ];
  });
}

interface Row {
  readonly address: bigint;
  readonly bytes: readonly number[];
}

/** Rows of `Memory state around the buggy address`, as printed. */
function shadowRows(log: readonly string[]): { address: bigint; bytes: number[] }[] {
  return log.flatMap((line) => {
    const match = /\] [ >]([0-9a-f]{16}): ((?:[0-9a-f]{2} ?){16})$/.exec(line);
    if (!match) return [];
    return [
      {
        address: BigInt(`0x${match[1]}`),
        bytes: match[2]!
          .trim()
          .split(" ")
          .map((byte) => Number.parseInt(byte, 16)),
      },
    ];
  });
}

/** The shadow bytes of `count` granules. */
function shadowAt(image: MemoryImage, address: bigint, count: number): number[] {
  const { offset, scaleShift } = image.shadow!;
  return image.bytes(BigInt.asUintN(64, (address >> BigInt(scaleShift)) + offset), count);
}
