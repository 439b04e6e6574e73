import { expect, it } from "vitest";
import { boot } from "../../test/machine.ts";
import { LeakCheck } from "./leaks.ts";

const GFP = 0xcc0;

it("objects that were allocated since and not freed are leaks, with who allocated them", () => {
  const test16 = boot();
  const { machine } = test16;
  machine.tasks.start(machine.cpu, 42, "insmod", ["kthread"]);
  const older = test16.call("__kmalloc_noprof", 100, GFP);
  const check = new LeakCheck(machine);
  expect(check.find()).toEqual([]);
  const [kept, freed] = [60, 60].map((size) => test16.call("__kmalloc_noprof", size, GFP));
  test16.call("kfree", freed);
  const found = check.find();
  expect(found).toMatchObject([{ cache: "kmalloc-64", size: 64 }]);
  expect(machine.directMap.pointer(found[0].object, 0xff)).toBe(kept);
  expect(found[0].stack.map(({ symbol }) => symbol)).toContain("__kmalloc_noprof");
  test16.call("kfree", kept);
  test16.call("kfree", older);
  expect(check.find()).toEqual([]);
});

it("a task that becomes another program has its name, and only its functions below", () => {
  const { machine, call } = boot();
  machine.tasks.start(machine.cpu, 42, "insmod", ["kthread", "do_init_module"]);
  machine.tasks.become(machine.cpu, "kfuzztest", ["ksys_write", "vfs_write"]);
  const check = new LeakCheck(machine);
  call("__kmalloc_noprof", 60, GFP);
  const stack = check.find()[0].stack.map(({ symbol }) => symbol);
  expect(stack.slice(-2)).toEqual(["vfs_write", "ksys_write"]);
  expect(machine.tasks.current(machine.cpu)).toEqual({ pid: 42, comm: "kfuzztest" });
});
