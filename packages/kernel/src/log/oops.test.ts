import { shadowOf } from "@kasan/shadow";
import { beforeEach, describe, expect, test } from "vitest";
import { boot, stopped, type TestMachine } from "../../test/machine.ts";
import { guestEntries } from "../api/entries.ts";
import {
  ACCESS_ATOMIC,
  ACCESS_SHADOW,
  ACCESS_WRITE,
  CROSSES_PAGES,
  type GuestEntries,
} from "../api/guest-interface.ts";
import { Interrupt } from "../smp/cpu.ts";

let test16: TestMachine;
let entries: GuestEntries;
const log = () => test16.log.join("\n");
const halves = (address: bigint): [low: number, high: number] => [
  Number(BigInt.asIntN(32, address)),
  Number(BigInt.asIntN(32, address >> 32n)),
];
beforeEach(() => {
  test16 = boot({ timeout: 3 });
  test16.machine.tasks.start(test16.machine.cpu, 7, "test", ["kthread"]);
  entries = guestEntries(test16.machine);
});

describe("what ends a guest", () => {
  test("a page fault says where, and how it was translated", () => {
    expect(stopped(() => entries.miss(...halves(0xffffc90000ff0008n), 8 | ACCESS_WRITE))).toBe("oops");
    expect(log()).toContain("BUG: unable to handle page fault for address: ffffc90000ff0008");
    expect(log()).toContain("#PF: supervisor write access in kernel mode");
    expect(test16.machine.oops.taints).toEqual(["DIE"]);
  });

  test("an address that is not canonical is a general protection fault", () => {
    expect(stopped(() => entries.miss(...halves(0x4141414141414141n), 8))).toBe("oops");
    expect(log()).toContain("general protection fault");
  });

  test("the page below the stack is its guard", () => {
    const { stackLow } = test16.machine.cpu;
    expect(stopped(() => entries.miss(...halves(stackLow - 8n), 8 | ACCESS_WRITE))).toBe("oops");
    expect(log()).toContain("stack guard page was hit");
  });

  test("too many calls, a stack pointer out of bounds, a bad call, an odd atomic", () => {
    const { cpu } = test16.machine;
    const top = cpu.callStackTop;
    entries.attention();
    cpu.callStackTop = cpu.callStackEnd;
    expect(stopped(() => entries.attention())).toBe("oops");
    cpu.callStackTop = top;
    expect(stopped(() => entries.stackOverflow())).toBe("oops");
    expect(stopped(() => entries.badCall(0x1234, 0))).toBe("oops");
    expect(stopped(() => entries.miss(...halves(cpu.stackLow + 1n), 8 | ACCESS_ATOMIC))).toBe("oops");
    expect(stopped(() => entries.miss(...halves(cpu.stackLow + 4092n), 8 | ACCESS_ATOMIC))).toBe("oops");
    expect(log().match(/^Oops/gm)?.length ?? log().match(/---\[ end trace/g)?.length).toBeGreaterThan(2);
  });

  test("a variable that nothing provides, at its address and at that of its shadow", () => {
    const { oops, shadow } = test16.machine;
    const at = 0xdead000000018000n;
    oops.missingVariable = (address) =>
      address >> 12n === at >> 12n ? { name: "gone", where: "it is in gone.c" } : undefined;
    for (const address of [at + 8n, shadowOf(shadow, at)]) {
      expect(stopped(() => entries.miss(...halves(address), 8))).toBe("missing");
    }
    expect(log().match(/kasan: the variable gone is used, and nothing provides it: it is in gone.c/g)).toHaveLength(2);
    expect(stopped(() => entries.miss(...halves(at + 0x1000n), 8))).toBe("oops");
  });

  test("while it boots, only what it calls ends: for what is missing, and for what then follows", () => {
    const { oops } = test16.machine;
    const reasons: string[] = [];
    oops.onBootEnd = (why) => void reasons.push(why);
    expect(stopped(() => oops.missing("absent", ""))).toBe("missing");
    expect(stopped(() => oops.leaveBoot("it waits"))).toBe("missing");
    expect(stopped(() => entries.miss(...halves(8n), 8))).toBe("oops");
    const lines = test16.log.length;
    oops.bootIsIncomplete = true;
    expect(stopped(() => entries.miss(...halves(8n), 8))).toBe("missing");
    expect(stopped(() => entries.miss(...halves(0xffffc90000ff0008n), 8))).toBe("oops");
    expect(reasons).toEqual(["nothing provides absent()", "it waits", "it uses what is not set up without the above"]);
    expect(log()).not.toContain("absent");
    expect(test16.log.slice(0, lines).join("\n")).toContain("NULL pointer dereference");
    oops.onBootEnd = undefined;
    expect(() => oops.leaveBoot("it waits")).not.toThrow();
  });

  test("a timeout, from any thread", () => {
    test16.machine.cpu.interrupt(Interrupt.TIMEOUT);
    expect(stopped(() => entries.attention())).toBe("timeout");
    expect(log()).toContain("soft lockup - CPU#0 stuck for 3s! [test:7]");
  });
});

describe("what a miss gives", () => {
  const at = () => test16.machine.cpu.stackLow;

  test("the byte's place, which a data or shadow TLB then knows", () => {
    const offset = entries.miss(...halves(at() + 12n), 4 | ACCESS_WRITE);
    test16.machine.ram.u8[offset] = 99;
    expect(test16.machine.guestMemory.read(at() + 12n, 1)[0]).toBe(99);
    const shadow = test16.machine.shadow.offset + (at() >> 3n);
    expect(test16.machine.ram.u8[entries.miss(...halves(shadow), 1 | ACCESS_SHADOW)]).toBe(0);
  });

  test("a crossing load in the bounce buffer, a crossing store by way of it", () => {
    const { machine } = test16;
    const { bounce } = machine.cpu.layout;
    machine.guestMemory.write(at() + 4094n, Uint8Array.of(1, 2, 3, 4));
    expect(entries.miss(...halves(at() + 4094n), 4)).toBe(bounce);
    expect(machine.ram.u32[bounce >>> 2]).toBe(0x04030201);
    expect(entries.miss(...halves(at() + 4093n), 4 | ACCESS_WRITE)).toBe(CROSSES_PAGES);
    machine.ram.u32[bounce >>> 2] = 0x11111111;
    entries.commit(...halves(at() + 4093n), 4);
    expect([...machine.guestMemory.read(at() + 4093n, 5)]).toEqual([17, 17, 17, 17, 4]);
    const end = machine.cpu.stackHigh - 2n;
    expect(stopped(() => entries.miss(...halves(end), 4))).toBe("oops");
  });

  test("bulk copies, fills and checks", () => {
    const { machine } = test16;
    entries.fill(...halves(at()), 5, 10, 0);
    entries.copy(...halves(at() + 100n), ...halves(at()), 10, 0);
    expect([...machine.guestMemory.read(at() + 108n, 3)]).toEqual([5, 5, 0]);
    const object = test16.call("__kmalloc_noprof", 8, 0xcc0);
    entries.check(...halves(object), 8);
    entries.check(...halves(object), 9 | ACCESS_WRITE);
    expect(test16.reports.map(({ access }) => access.kind)).toEqual(["Write"]);
  });
});

test("tasks have a stack of 32 KB, aligned, a name, and the bottom of a call stack", () => {
  const { machine } = test16;
  const { cpu, tasks } = machine;
  expect(tasks.current(cpu)).toEqual({ pid: 7, comm: "test" });
  expect([cpu.stackLow % 32768n, cpu.stackHigh - cpu.stackLow]).toEqual([0n, 32768n]);
  expect(machine.stacks.words(cpu, new Uint32Array()).length).toBe(1);
  tasks.start(cpu, 8, "a name that is too long", ["a", "b"]);
  expect(tasks.current(cpu)).toEqual({ pid: 8, comm: "a name that is " });
  expect(machine.stacks.words(cpu, new Uint32Array()).length).toBe(2);
  expect(boot().machine.tasks.current(boot().machine.cpu)).toEqual({ pid: 0, comm: "swapper/0" });
});
