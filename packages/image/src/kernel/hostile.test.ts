import { afterAll, describe, expect, test } from "vitest";
import { changedMemory } from "../../test/changed-memory.ts";
import { openKernel } from "../../test/kernels.ts";
import { ImageError } from "../error.ts";
import { findReferences } from "../find/find.ts";
import { pointersIn } from "../find/pointers.ts";
import { findOut } from "../finding/finding.ts";
import { findingText } from "../finding/text.ts";
import { logText } from "../log/log-record.ts";
import { styleOf } from "../report/reconstruct.ts";
import { scan } from "../scan/scan.ts";
import { Btf } from "../types/btf.ts";
import { spellValue } from "../types/spell-value.ts";
import { typeNamed } from "../types/typed.ts";
import { Kernel } from "./kernel.ts";
import type { KernelImage } from "./kernel-image.ts";
import { slabObjects } from "./neighbours.ts";
import { tasksOf } from "./tasks.ts";
import { vmallocAreas } from "./vmalloc.ts";

/** Runs of each kind; `KASAN_FUZZ_RUNS=100000` for the long ones. */
const RUNS = Number(process.env["KASAN_FUZZ_RUNS"] ?? 60);

const riscv = await openKernel("riscv64");
const arm = await openKernel("arm64");
afterAll(() => {
  riscv.close();
  arm.close();
});

/** Numbers that look random, the same in each run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const PAGE = 4096;

/** Everything that is asked of a kernel; each part must end, with what it found or an error of its own. */
function askAll(image: KernelImage, symbols: Kernel["symbols"], address: bigint): void {
  const kernel = new Kernel(image, { symbols });
  const asks: (() => unknown)[] = [
    () => findingText(findOut(kernel, address, { size: 8, write: true }), styleOf(kernel)),
    () => findOut(kernel, address, "free"),
    () => findOut(kernel, kernel.symbol("init_task")! + 64n),
    () => Array.from(logText(kernel.log.records)).length,
    () => tasksOf(kernel).length,
    () => slabObjects(kernel, address).length,
    () => pointersIn(kernel, address).length,
    () => vmallocAreas(kernel).length,
    () => {
      const { memory, types } = kernel;
      const task = types && typeNamed({ memory, types }, "struct task_struct");
      const first = task?.at(kernel.symbol("init_task")!);
      return first && [spellValue(first), spellValue([...task!.list(first.tasks, "tasks")])];
    },
  ];
  for (const ask of asks) expectOwnError(ask);
}

function expectOwnError(ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    expect((error as Error).message).not.toContain("\n");
  }
}

/** Words that lists and counts do not expect. */
function hostileWord(next: (below: number) => number, address: bigint): bigint {
  const words = [
    0n,
    1n,
    2n ** 64n - 1n,
    2n ** 63n,
    address,
    address + 8n,
    address & ~0xfffn,
    BigInt(next(2 ** 32)),
    0x7fffffff_ffffffffn,
  ];
  return BigInt.asUintN(64, words[next(words.length)]!);
}

describe.each([
  ["generic mode", riscv],
  ["software tags", arm],
] as const)("damaged memory of a kernel in %s", (_name, image) => {
  const address = image.kernel.log.records
    .flatMap(({ text }) => /object at ([0-9a-f]{16})/.exec(text)?.[1] ?? [])
    .at(-1)!;
  const at = BigInt(`0x${address}`);
  const { symbols } = image.kernel;
  const noted = new Set<number>();
  askAll(changedMemory(image, new Map(), noted), symbols, at);
  const pages = [...noted].filter((page) => image.memory.holds(page * PAGE)).sort((a, b) => a - b);

  test("is read as far as it makes sense", () => {
    for (let run = 0; run < RUNS; run++) {
      const next = random(run + 1);
      const others = new Map<number, Uint8Array>();
      for (let i = 0; i <= next(4); i++) {
        const page = pages[next(pages.length)]!;
        const bytes = new Uint8Array(PAGE);
        image.memory.read(page * PAGE, bytes);
        const view = new DataView(bytes.buffer);
        for (let j = 0; j <= next(64); j++) view.setBigUint64(next(PAGE / 8) * 8, hostileWord(next, at), true);
        others.set(page, bytes);
      }
      askAll(changedMemory(image, others), symbols, at);
    }
  });
});

test("damaged tables of symbols", () => {
  for (let run = 0; run < Math.ceil(RUNS / 10); run++) {
    const next = random(run + 1);
    const others = new Map<number, Uint8Array>();
    for (const part of ["names", "token_table", "token_index", "offsets", "num_syms", "relative_base"]) {
      if (next(3) !== 0) continue;
      const start = riscv.facts!.symbol(`kallsyms_${part}`)!;
      const physical = riscv.translate(start + BigInt(next(part === "names" ? 200_000 : 512)));
      const page = Math.floor(physical / PAGE);
      const bytes = new Uint8Array(PAGE);
      riscv.memory.read(page * PAGE, bytes);
      for (let j = 0; j <= next(16); j++) bytes[(physical + j * next(64)) % PAGE] = next(256);
      others.set(page, bytes);
    }
    expectOwnError(() => new Kernel(changedMemory(riscv, others)).symbols.size);
  }
});

test("damaged types", () => {
  const { memory, symbols } = riscv.kernel;
  const [start, end] = [symbols.find("__start_BTF")!.address, symbols.find("__stop_BTF")!.address];
  const whole = memory.bytes(start, Number(end - start));
  for (let run = 0; run < RUNS; run++) {
    const next = random(run + 1);
    const bytes = whole.slice(0, next(4) === 0 ? next(whole.length) : whole.length);
    for (let i = 0; i <= next(200); i++) bytes[next(4) === 0 ? next(64) : next(bytes.length)] = next(256);
    expectOwnError(() => {
      const types = new Btf(bytes);
      const type = typeNamed({ memory, types }, "struct task_struct");
      spellValue(type.at(symbols.find("init_task")!.address));
    });
  }
});

test("a scan and a search of damaged memory", () => {
  for (let run = 0; run < Math.ceil(RUNS / 20); run++) {
    const next = random(run + 1);
    const others = new Map<number, Uint8Array>();
    const [segment] = riscv.memory.segments;
    for (let i = 0; i < 200; i++) {
      const page = Math.floor(segment!.physical / PAGE) + next(2000);
      others.set(
        page,
        Uint8Array.from({ length: PAGE }, () => next(256)),
      );
    }
    const kernel = new Kernel(changedMemory(riscv, others), { symbols: riscv.kernel.symbols });
    expectOwnError(() => scan(kernel));
    expectOwnError(() => findReferences(kernel, riscv.symbol("init_task")!));
  }
});
