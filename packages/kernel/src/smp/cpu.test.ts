import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import { PhysicalMemory } from "@kasan/mmu";
import { beforeEach, describe, expect, it, test } from "vitest";
import { KernelError } from "../error.ts";
import { addressOfWord, CallStacks } from "../log/call-stacks.ts";
import { NameTable } from "../log/names.ts";
import { MAX_FRAMES, StackDepot } from "../log/stack-depot.ts";
import { KernelSymbols } from "../log/symbols.ts";
import { clockBytes, RealClock, VirtualClock } from "./clock.ts";
import { CALL_STACK_BYTES, CALL_STACK_WORDS, CPU_STATE_BYTES, Cpu, Interrupt } from "./cpu.ts";

let memory: PhysicalMemory;
let cpu: Cpu;
beforeEach(() => {
  memory = PhysicalMemory.allocate(4096, 128 * 1024);
  cpu = new Cpu(memory, 3, 4096, { data: 100, shadow: 200 });
});

test("a CPU's state is where its layout says", () => {
  const { layout } = cpu;
  expect(layout).toMatchObject({ dataTlb: 100, shadowTlb: 200 });
  cpu.setCallStack(8192);
  cpu.setStack(0xffffc90000000000n, 0xffffc90000008000n);
  cpu.callStackTop += 4;
  cpu.stackPointer -= 64n;
  cpu.pid = 77;
  expect(memory.u32[layout.callStackTop >>> 2]).toBe(8196);
  expect(memory.u32[layout.callStackLimit >>> 2]).toBe(8192 + 4 * CALL_STACK_WORDS);
  expect(cpu.callStackEnd).toBeLessThan(8192 + CALL_STACK_BYTES);
  const u64 = new BigUint64Array(memory.u8.buffer);
  expect(u64[layout.stackPointer >>> 3]).toBe(0xffffc90000007fc0n);
  expect(u64[layout.stackLow >>> 3]).toBe(cpu.stackLow);
  expect(cpu.stackHigh).toBe(0xffffc90000008000n);
  expect(layout.bounce + 16).toBeLessThanOrEqual(4096 + CPU_STATE_BYTES);
  const view = new Cpu(memory, 3, 4096, { data: 100, shadow: 200 });
  expect([view.pid, view.stackPointer, view.callStackTop]).toEqual([77, cpu.stackPointer, 8196]);
});

test("a result is left in halves", () => {
  const high = () => memory.u32[cpu.layout.resultHigh >>> 2];
  expect([cpu.result(5, 0xffff8880), high()]).toEqual([5, 0xffff8880]);
  expect([cpu.resultOf(2n ** 64n - 1n), high()]).toEqual([0xffffffff, 0xffffffff]);
  expect([cpu.resultOf(-1n), high()]).toEqual([0xffffffff, 0xffffffff]);
});

test("an interrupt lowers the limit until it is taken", () => {
  cpu.setCallStack(8192);
  const limit = () => memory.u32[cpu.layout.callStackLimit >>> 2];
  cpu.interrupt(Interrupt.TIMEOUT);
  expect(limit()).toBe(0);
  expect(cpu.takeInterrupts()).toBe(Interrupt.TIMEOUT);
  expect(limit()).toBe(cpu.callStackEnd);
  expect(cpu.takeInterrupts()).toBe(0);
});

test("the call stack is saved innermost first, behind its prefix, and cut", () => {
  const depot = new StackDepot(memory, 32768, 65536);
  const stacks = new CallStacks(memory, depot, () => 8192);
  cpu.setCallStack(8192);
  for (let i = 1; i <= 3; i++) {
    memory.u32[cpu.callStackTop >>> 2] = i;
    cpu.callStackTop += 4;
  }
  expect([...stacks.words(cpu, Uint32Array.of(9, 8))]).toEqual([9, 8, 3, 2, 1]);
  expect([...depot.fetch(stacks.save(cpu, Uint32Array.of(9)))]).toEqual([9, 3, 2, 1]);
  // A stack saved before is found; one that differs, even far from the caller, is a new one.
  const handle = stacks.save(cpu, Uint32Array.of(9));
  expect([stacks.save(cpu, Uint32Array.of(9)), depot.stored]).toEqual([handle, 1]);
  memory.u32[8192 >>> 2] = 7;
  expect([...depot.fetch(stacks.save(cpu, Uint32Array.of(9)))]).toEqual([9, 3, 2, 7]);
  expect([...depot.fetch(stacks.save(cpu, Uint32Array.of(5)))]).toEqual([5, 3, 2, 7]);
  cpu.callStackTop = 8192;
  expect([...depot.fetch(stacks.save(cpu, Uint32Array.of(5)))]).toEqual([5]);
  expect(depot.stored).toBe(4);
  cpu.callStackTop = 8192 + 4 * 1000;
  expect(stacks.words(cpu, Uint32Array.of(9)).length).toBe(MAX_FRAMES);
  expect(addressOfWord(x86_64({ levels: 4 }), -1)).toBe(2n ** 64n - 1n);
  expect(addressOfWord(arm64(), 5)).toBe(0xffff800000000005n);
});

test("the clock goes on when told, exactly", () => {
  const clock = new VirtualClock(memory, 4096 + CPU_STATE_BYTES);
  expect(clockBytes(2)).toBe(2 * clockBytes(1));
  clock.advance(1000);
  clock.advance(2 ** 40);
  expect(clock.now).toBe(1000 + 2 ** 40);
  expect(new VirtualClock(memory, 4096 + CPU_STATE_BYTES).now).toBe(clock.now);
  // Each CPU adds its own.
  const second = new VirtualClock(memory, 4096 + CPU_STATE_BYTES, 1, 2);
  second.advance(5);
  expect(second.now).toBe(clock.now + 5);
  expect(second.skipTo(2 ** 41)).toBe(true);
  expect(second.now).toBe(2 ** 41);
  second.skipTo(0);
  expect(second.now).toBe(2 ** 41);
});

test("saved stacks begin as the architecture's do", () => {
  const begin = (...savedStack: string[]) => {
    const names = new NameTable(memory, 65536);
    const symbols = new KernelSymbols(0xffffffff81000000n, 0xffffffff81100000n, names, () => undefined, savedStack);
    return [...symbols.savedWords("kasan_save_track")].map(
      (word) => symbols.find(addressOfWord(x86_64({ levels: 4 }), word))?.name,
    );
  };
  expect(begin()).toEqual(["kasan_save_stack", "kasan_save_track"]);
  expect(begin("stack_trace_save")).toEqual(["stack_trace_save", "kasan_save_stack", "kasan_save_track"]);
});

test("symbols name slots, functions and modules", () => {
  const inSlot = (slot: number) => ({ name: `f${slot}`, offset: 0, size: 1, module: undefined });
  const names = new NameTable(memory, 65536);
  const symbols = new KernelSymbols(0xffffffff81000000n, 0xffffffff81100000n, names, inSlot);
  const word = symbols.returnWord("kmalloc");
  expect(symbols.returnWord("kfree")).toBe(word + 0x40);
  expect([...symbols.returnWords("kfree", "kmalloc")]).toEqual([word + 0x40, word]);
  expect(symbols.format(addressOfWord(x86_64({ levels: 4 }), word))).toBe("kmalloc+0x20/0x40");
  expect(symbols.find(0xffffffff81100080n)).toBeUndefined();
  expect(symbols.format(0x10n)).toBe("0x10");
  expect(symbols.covers(0xffffffff80ffffffn)).toBe(false);
  expect(symbols.find(0xffffffff81000005n)?.name).toBe("f5");
  for (const [module, at] of [
    [undefined, 0x1000n],
    ["one", 0x2000n],
    ["two", 0x3000n],
  ] as const) {
    symbols.add({
      module,
      start: at,
      end: at + 0x100n,
      find: (address) => (address < at + 0x80n ? { name: "f", offset: Number(address - at), size: 0x80 } : undefined),
      address: (name) => (name === `f_${module}` ? at : undefined),
    });
  }
  expect(symbols.modules).toEqual(["two", "one"]);
  expect(symbols.format(0x2010n)).toBe("f+0x10/0x80 [one]");
  expect(symbols.format(0x1010n)).toBe("f+0x10/0x80");
  expect([symbols.covers(0x20f0n), symbols.find(0x20f0n)]).toEqual([true, undefined]);
  expect(symbols.addressOf("f_two")).toBe(0x3000n);
  expect(symbols.addressOf("g")).toBeUndefined();
  for (const address of [0n, 2n ** 63n, 2n ** 64n - 1n]) expect(symbols.find(address)).toBeUndefined();
});

test("errors have codes and names", () => {
  expect(new KernelError("CONFIG", "wrong")).toMatchObject({ code: "CONFIG", name: "KernelError", message: "wrong" });
});

describe("a clock of real time", () => {
  it("is the same for all who view it, and goes on by itself", () => {
    const clock = new RealClock(memory, 8192, true);
    const before = clock.now;
    const view = new RealClock(memory, 8192, false);
    expect(view.now).toBeGreaterThanOrEqual(before);
    clock.advance();
    expect(clock.skipTo()).toBe(false);
    clock.delay(2000, () => {});
    expect(view.now).toBeGreaterThanOrEqual(before + 2000);
  });

  it("says how long to sleep", () => {
    const clock = new RealClock(memory, 8192, true);
    expect(clock.sleepUntil(0)).toBe(0);
    expect(clock.sleepUntil(clock.now + 1e12)).toBeGreaterThan(0);
    expect(clock.sleepUntil(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  it("delays can be given up", () => {
    const clock = new RealClock(memory, 8192, true);
    const giveUp = () => {
      throw new Error("enough");
    };
    expect(() => clock.delay(1e15, giveUp)).toThrow("enough");
  });
});
