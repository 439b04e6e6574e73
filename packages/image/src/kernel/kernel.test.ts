import { parseLog } from "@kasan/report";
import { shadowOf } from "@kasan/shadow";
import { afterAll, describe, expect, test } from "vitest";
import { word, written } from "../../test/changed-memory.ts";
import { compareReports } from "../../test/compare-reports.ts";
import { type KernelName, openKernel } from "../../test/kernels.ts";
import { ImageError } from "../error.ts";
import { findReferences } from "../find/find.ts";
import { wordIn } from "../find/member.ts";
import { ownerText, referencesJson, referencesText } from "../find/text.ts";
import { findOut } from "../finding/finding.ts";
import type { MemoryImage } from "../image.ts";
import { inspect } from "../inspect/inspect.ts";
import { inspectText } from "../inspect/text.ts";
import { logText } from "../log/log-record.ts";
import { styleOf } from "../report/reconstruct.ts";
import { scan } from "../scan/scan.ts";
import { scanText } from "../scan/text.ts";
import { spellPlace } from "../symbols/symbol-table.ts";
import { memberPath } from "../types/member-path.ts";
import { spellValue } from "../types/spell-value.ts";
import { VmcoreInfo } from "../vmcoreinfo.ts";
import { Kernel } from "./kernel.ts";
import type { KernelImage } from "./kernel-image.ts";
import { modulesOf } from "./modules.ts";
import { placeOf } from "./names.ts";
import { slabsOf } from "./object.ts";
import { pagesOf } from "./page-dump.ts";
import { isPerCpu, perCpuCopy } from "./percpu.ts";
import { directAddress, eachObject, eachSlab } from "./slab-walk.ts";
import { tasksOf } from "./tasks.ts";
import { vmallocAreaAt, vmallocAreas } from "./vmalloc.ts";

const riscv = await openKernel("riscv64");
const arm = await openKernel("arm64");
afterAll(() => {
  riscv.close();
  arm.close();
});

/** The kernel, as if it had no types. */
function untyped(image: MemoryImage): Kernel {
  const kernel = new Kernel(image);
  Object.defineProperty(kernel, "types", { value: undefined });
  return kernel;
}

const reportsIn = (image: MemoryImage) => parseLog(Array.from(logText(image.kernel.log.records)).join("")).reports;

test("a mode that is given is held against the one that memory shows", async () => {
  const given = async (name: KernelName, kasan: "generic" | "sw_tags" | "off") => {
    const image = await openKernel(name, { kasan });
    image.close();
    return image.warnings.join();
  };
  expect(await given("riscv64", "generic")).toBe("");
  expect(await given("arm64", "sw_tags")).toBe("");
  expect(await given("riscv64", "off")).toMatch(/the image has the shadow of KASAN's generic mode; with --mode off/);
  expect(await given("arm64", "off")).toMatch(/the shadow of KASAN's sw_tags mode/);
  await expect(given("riscv64", "sw_tags")).rejects.toThrow(/riscv64.* has no pointers with tags; leave out --mode/i);
});

describe("a kernel's symbols", () => {
  test("are read from its memory", () => {
    expect(riscv.kernel.symbols.size).toBe(31800);
    expect(riscv.symbol("_stext")).toBe(0xffffffff80002000n);
    const kfree = riscv.symbol("kfree")!;
    expect(spellPlace(placeOf(riscv.kernel, kfree + 6n)!)).toBe("kfree+0x6/0x1b6");
    expect(riscv.symbol("no_such_thing")).toBeUndefined();
    expect(placeOf(riscv.kernel, 0xffffffd600000000n)).toBeUndefined();
  });

  test("have those of modules", () => {
    const frames = reportsIn(arm).flatMap(({ allocated }) => allocated?.stack ?? []);
    expect(frames.some(({ module }) => module === "kasan_test")).toBe(true);
    const module = arm.kernel.memory;
    expect(module.has(arm.symbol("modules")!)).toBe(true);
  });
});

test("a write that shadow allows and the page tables do not is said to fault", () => {
  const text = arm.symbol("_stext")!;
  const verdictOn = (write: boolean) => inspect(arm, text, { write, size: 8 }).verdict;
  expect(verdictOn(true)).toMatchObject({
    kind: "allowed",
    text: expect.stringMatching(
      /^KASAN would allow a write of size 8.*, but the page is read-only: the access itself would fault$/,
    ),
  });
  expect(verdictOn(false).text).not.toContain("fault");
});

test("what lies past a module has none of its names", () => {
  const kernel = arm.kernel;
  const areas = vmallocAreas(kernel).map(({ start }) => placeOf(kernel, start)?.symbol.module);
  expect(areas.filter((module) => module !== undefined).length).toBeLessThan(8);
  const last = Array.from(modulesOf(kernel)).at(-1)!;
  expect(placeOf(kernel, last.address)?.symbol.module).toBe(last.module);
  expect(placeOf(kernel, last.address + 0x10000n)).toBeUndefined();
});

test("a scan says what it could not look at", () => {
  const slab = eachSlab(riscv.kernel).next().value!;
  const holds = (at: number) => Math.floor(at / 4096) !== slab.physical / 4096 && riscv.memory.holds(at);
  const memory = Object.create(riscv.memory, { holds: { value: holds } });
  const without = new Kernel(Object.create(riscv, { memory: { value: memory } }), { symbols: riscv.kernel.symbols });
  expect(scan(riscv.kernel).unknown).toEqual([]);
  const text = scanText(scan(without), "generic");
  expect(text).toMatch(/\n\nnot known what is in 1 slab, whose pages the image does not have: /);
});

test("CPUs that are not possible have no copies of variables", () => {
  const variable = riscv.symbol("__per_cpu_start")!;
  const cpusWith = (...offsets: bigint[]) => {
    const table = new Uint8Array(BigUint64Array.from(offsets).buffer);
    const image = written(riscv, [riscv.symbol("__per_cpu_offset")!, table]);
    const kernel = new Kernel(image, { symbols: riscv.kernel.symbols });
    return [0, 1, 2, 3].filter((cpu) => perCpuCopy(kernel, variable, cpu) !== undefined);
  };
  expect(cpusWith(0x1000n, 0x2000n, 0n)).toEqual([0, 1]);
  expect(cpusWith(0x1000n, 0x2000n, 0x8000n, 0x8000n)).toEqual([0, 1]);
  expect(cpusWith(0x1000n, 0x2000n, riscv.symbol("__per_cpu_load") ?? 0n)).toEqual([0, 1]);
  expect(isPerCpu(riscv.kernel, variable)).toBe(true);
  expect(isPerCpu(riscv.kernel, riscv.symbol("init_task")!)).toBe(false);
});

test("areas of vmalloc space that were freed are none", () => {
  const { kernel } = riscv;
  const area = vmallocAreas(kernel).find(({ pages }) => pages > 0)!;
  const object = [...eachObject(kernel, "vmap_area")].find((at) => kernel.memory.u64(at) === area.start)!;
  const areaIn = (image: KernelImage) => vmallocAreaAt(new Kernel(image, { symbols: kernel.symbols }), area.start);
  expect(areaIn(written(riscv, [shadowOf(riscv.shadow!, object), Uint8Array.of(0)]))).toEqual(area);
  expect(areaIn(written(riscv, [shadowOf(riscv.shadow!, object), Uint8Array.of(0xfb)]))).toBeUndefined();
  const own = Number(area.start / 4096n);
  const translatePage = (vpn: number) => (vpn === own ? -1 : riscv.translatePage(vpn));
  expect(areaIn(Object.create(riscv, { translatePage: { value: translatePage } }))).toBeUndefined();
});

test("a scan says of how many areas the image does not have the description", () => {
  const { kernel } = riscv;
  const { start } = vmallocAreas(kernel).find(({ pages }) => pages > 0)!;
  const object = [...eachObject(kernel, "vmap_area")].find((at) => kernel.memory.u64(at) === start)!;
  // riscv64's struct vm_struct of the area is where its vmap_area says, and that page is mapped, but not in the image.
  const { pageOffset } = riscv.architecture.layout;
  const absent =
    pageOffset +
    BigInt(
      [...Array(4096).keys()].find((page) => !riscv.memory.holds(page * 4096 + riscv.translate(pageOffset)))! * 4096,
    );
  const changed = new Kernel(written(riscv, [object + 56n, word(absent)]), { symbols: kernel.symbols });
  expect(vmallocAreaAt(changed, start)).toBeUndefined();
  expect(scan(changed).unknown.join()).toMatch(/^1 area of vmalloc space, whose description the image does not have/);
});

describe("a kernel's log", () => {
  test("has the lines that it printed", () => {
    const lines = Array.from(logText(riscv.kernel.log.records, { caller: true }));
    expect(lines.at(-1)).toBe("[    8.939689][    T1]     TERM=linux\n");
    expect(riscv.kernel.log.warnings).toEqual([]);
    const sequences = riscv.kernel.log.records.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, i) => sequences[0]! + i));
    expect(reportsIn(riscv)).toHaveLength(27);
  });
});

describe("the reports of a kernel", () => {
  test.each([
    ["generic mode", riscv.kernel],
    ["generic mode, without types", untyped(riscv)],
    ["software tags", arm.kernel],
  ])("are reconstructed in %s", (_name, kernel) => {
    const reports = reportsIn(kernel === arm.kernel ? arm : riscv).slice(-8);
    const { standing, equal, objects, sameObjects, differences } = compareReports(kernel, reports);
    expect(differences).toEqual([]);
    expect(objects).toBeGreaterThan(4);
    expect([equal, sameObjects]).toEqual([standing, objects]);
  });
});

describe("an inspection", () => {
  const report = reportsIn(riscv)
    .filter(({ object }) => object !== undefined)
    .at(-1)!;
  const found = inspect(riscv, report.access!.address, { size: 8 });

  test("says what the kernel knows of an object", () => {
    const { object, page, pageOwner, unknown } = found.finding;
    expect(object).toMatchObject({ cache: report.object!.cache, address: report.object!.address, count: 32 });
    expect(object!.allocated!.stack!.at(-1)!.symbol).toBe("ret_from_fork");
    expect(page).toMatchObject({ pageType: { name: "slab" } });
    expect(pageOwner).toMatchObject({ isAllocated: true, order: 0 });
    expect(unknown).toEqual([]);
  });

  test("says so in words", () => {
    const text = inspectText(found, styleOf(riscv.kernel));
    expect(text).toMatch(/^object {4}ffffffd6[0-9a-f]{8}, .*, cache kmalloc-64 of size 64/m);
    expect(text).toMatch(/^page {6}pfn 0x[0-9a-f]+: slab, 1 reference,/m);
  });

  test("says of an address without shadow what the kernel says: what it is, and nothing of memory", () => {
    const { report, symbol } = inspect(riscv, 0x1000n).finding;
    expect(report!.split("\n").slice(1, 4)).toEqual([
      "BUG: KASAN: user-memory-access",
      "Read of size 1 at addr 0000000000001000",
      "=".repeat(66),
    ]);
    expect(symbol).toBeUndefined();
  });

  test("says what it cannot know without types, where that matters", () => {
    const ofStack = vmallocAreas(arm.kernel).find(({ pages, start }) => pages === 8 && arm.translate(start) >= 0)!;
    const { unknown } = inspect(arm, ofStack.start + 64n).finding;
    expect(unknown).toEqual(["stacks: where struct task_struct has tasks is not known: the kernel has no BTF"]);
    const variable = inspect(arm, arm.symbol("init_task")! + 64n).finding;
    expect(variable).toMatchObject({ symbol: { symbol: "init_task", offset: 64 }, unknown: [] });
  });

  test("says why types that are there cannot be read", () => {
    const damaged = new Kernel(written(riscv, [riscv.symbol("__start_BTF")!, word(0n)]), {
      symbols: riscv.kernel.symbols,
    });
    const { unknown } = findOut(damaged, vmallocAreas(riscv.kernel).find(({ pages }) => pages === 8)!.start);
    expect(unknown.join()).toMatch(/where struct task_struct has tasks .*: its BTF cannot be read \(no types begin at/);
  });

  test("says nothing of pages where the machine has no memory, as in an ioremap", () => {
    // Some memory that is mapped, now said to be a device's, and its descriptor away.
    const { address } = report.object!;
    const physical = riscv.translate(address);
    const descriptor = riscv.translate(pagesOf(riscv.kernel).descriptorOf(physical));
    const unknownWith = (segments: typeof riscv.memory.segments) => {
      const holds = (at: number) => Math.floor(at / 4096) !== Math.floor(descriptor / 4096) && riscv.memory.holds(at);
      const memory = Object.create(riscv.memory, { holds: { value: holds }, segments: { value: segments } });
      const lacking = Object.create(riscv, { memory: { value: memory } });
      return findOut(new Kernel(lacking, { symbols: riscv.kernel.symbols }), address).unknown;
    };
    expect(unknownWith([])).toEqual([]);
    expect(unknownWith(riscv.memory.segments)).toEqual([expect.stringMatching(/^pages: nothing at/)]);
  });
});

describe("a kernel's types", () => {
  test("read its structures", () => {
    const task = riscv.type("struct task_struct").at(riscv.symbol("init_task")!);
    expect(task.$type).toBe("struct task_struct");
    expect(task.comm.$text).toBe("swapper/0");
    expect([task.pid, task.tgid, task.mm.$value]).toEqual([0, 0, 0n]);
    // Through a pointer, and in an anonymous structure.
    expect(task.real_parent.comm.$text).toBe("swapper/0");
    expect(riscv.type("struct page").offsetOf("compound_head")).toBe(8);
    expect(Object.keys(task)).toContain("comm");
    // A slip of the pen is told, as a filter would find nothing without a word; what JavaScript asks for by itself is not there.
    expect(() => task.comn).toThrow("struct task_struct has no member comn");
    expect(() => task.real_parent.comn).toThrow("struct task_struct has no member comn");
    expect("comn" in task).toBe(false);
    expect([task.then, task.toJSON, task.constructor]).toEqual([undefined, undefined, undefined]);
    expect(() => riscv.type("struct nothing")).toThrow(/no type struct nothing$/);
    expect(() => riscv.type("task_struct")).toThrow("no type task_struct (did you mean struct task_struct?)");
    expect(() => arm.type("struct page")).toThrow(/CONFIG_DEBUG_INFO_BTF/);
  });

  test("compare as C has them, list and spell", () => {
    const type = riscv.type("struct task_struct");
    const task = type.at(riscv.symbol("init_task")!);
    expect([`${task.comm}`, BigInt(task.real_parent as never), BigInt(task as never)]).toEqual([
      "swapper/0",
      task.$address,
      task.$address,
    ]);
    expect(type.at(task.real_parent).$address).toBe(task.$address);
    const leaders = Array.from(type.list(task.tasks, "tasks"), ({ pid }) => pid);
    const tasks = tasksOf(riscv.kernel).filter(({ pid, tgid }) => pid === tgid && pid > 0);
    expect(leaders).toEqual(tasks.map(({ pid }) => pid));
    expect(() => type.list(task, "nothing").next()).toThrow(/no member nothing/);
    expect(riscv.type("struct list_head").layout).toBe(
      "struct list_head, 16 bytes\n     0  struct list_head * next\n     8  struct list_head * prev",
    );
    const at = task.$address.toString(16);
    expect(spellValue([task, task.real_parent, task.comm, { pid: task.pid, far: 1n << 64n, small: -1n }])).toBe(
      `[\n  (struct task_struct)${at},\n  (struct task_struct *)${at},\n  "swapper/0",\n  {pid: 0, far: 18446744073709551616, small: -1},\n]`,
    );
    const own: unknown[] = [];
    own.push(own);
    expect(spellValue(own)).toBe("[[[[…]]]]");
    expect(spellValue([tasksOf, () => 1])).toBe("[function tasksOf, function]");
    expect(spellValue(new Map([["a", new Set([1n])]]).entries())).toBe("[[a, [1]]]");
    expect(spellValue(Array.from({ length: 1002 }, () => 0))).toMatch(/ {2}0,\n {2}… 2 more,\n\]$/);
  });

  test("give numbers that have no structure around them, and pointers by names of their own", () => {
    const { memory } = riscv.kernel;
    const at = riscv.symbol("init_task")! + BigInt(riscv.type("struct task_struct").offsetOf("tasks"));
    const long = riscv.type("u64").at(at);
    expect(spellValue(long)).toBe(`(u64)0x${memory.u64(at).toString(16)}`);
    expect(BigInt(long as never)).toBe(memory.u64(at));
    const both = (memory.u64(at + 8n) << 64n) | memory.u64(at);
    expect(BigInt(riscv.type("__int128 unsigned").at(at) as never)).toBe(both);
    const call = riscv.type("dl_server_pick_f").at(at);
    expect(spellValue(call)).toBe(`(dl_server_pick_f)${memory.u64(at).toString(16)}`);
    const kind = riscv.type("enum pid_type");
    expect(kind.layout).toMatch(/^enum pid_type, 4 bytes\n {5}0 {2}PIDTYPE_PID\n {5}1 {2}PIDTYPE_TGID\n/);
    const zero = riscv.type("struct task_struct").at(riscv.symbol("init_task")!).pid;
    const where = riscv.symbol("init_task")! + BigInt(riscv.type("struct task_struct").offsetOf("pid"));
    expect([zero, spellValue(kind.at(where))]).toEqual([0, "(enum pid_type)PIDTYPE_PID"]);
  });

  test("find its tasks", () => {
    const tasks = tasksOf(riscv.kernel);
    expect(tasks[0]).toMatchObject({ comm: "swapper/0", pid: 0 });
    expect(tasks.map(({ comm }) => comm)).toContain("kthreadd");
    const stack = tasks.find(({ pid }) => pid === 1)!.stack;
    expect(inspect(riscv, stack + 4096n).finding.stack?.task).toMatchObject({ pid: 1 });
    expect(vmallocAreaAt(riscv.kernel, stack + 4096n)).toMatchObject({ start: stack });
  });
});

describe("a table of symbols that nothing names", () => {
  test.each([riscv, arm])("is found in memory", (image) => {
    const nameless = Object.create(image, {
      facts: { value: new VmcoreInfo("OSRELEASE=6.12.117") },
    }) as MemoryImage;
    const found = new Kernel(nameless).symbols;
    expect(found.size).toBe(image.kernel.symbols.size);
    expect(found.find("kfree")).toEqual(image.kernel.symbols.find("kfree"));
  });
});

describe("what points to an object", () => {
  const task = tasksOf(riscv.kernel).find(({ pid }) => pid === 1)!;

  test("is found by its address, virtual or physical", () => {
    const { target, found, own, more } = findReferences(riscv.kernel, task.address + 8n);
    expect(target[0]).toBe(task.address);
    expect(more).toBe(false);
    expect(own).toBeGreaterThan(10);
    expect(found.some(({ variable }) => variable?.symbol === "init_task")).toBe(true);
    const physical = BigInt(riscv.translate(task.address));
    expect(findReferences(riscv.kernel, physical).found).toEqual(found);
    // Where there is no memory, it is an address of user space.
    expect(findReferences(riscv.kernel, 0x3fd16f6228n).target).toEqual([0x3fd16f6228n, 0x3fd16f622fn]);
  });

  test("is sought for an address alone where no object can be known, which is said", () => {
    let searches = 0;
    class Nameless extends Kernel {
      override get symbols(): never {
        return this.once("symbols", () => {
          searches++;
          throw new ImageError("IMAGE_SYMBOLS", "the kernel's symbols were not found");
        });
      }
    }
    const object = 0xffffffd601fd7880n;
    const without = findReferences(new Nameless(riscv, {}), object);
    expect(without.target).toEqual([object, object + 7n]);
    expect(without.unknown).toMatch(/the kernel's symbols were not found/);
    expect(referencesText(without)).toContain("not known whether that is all of an object: ");
    expect(referencesJson(without).unknown).toBe(without.unknown);
    // What was sought in vain is not sought again.
    expect(searches).toBe(1);
    expect(findReferences(riscv.kernel, object).unknown).toBeUndefined();
  });

  test("in what was freed is the list's link, no member", () => {
    // What a freed object has at its start is not what its cache's structure has there.
    const freed = 0xffffffd601fd7880n;
    const next = riscv.kernel.memory.u64(freed);
    const link = findReferences(riscv.kernel, next).found.find(({ object }) => object?.address === freed);
    expect(link?.object).toEqual({
      address: freed,
      cache: "kmalloc-64",
      state: "in quarantine",
      offset: 0,
      link: "quarantine",
    });
    expect(ownerText(link!)).toBe("the quarantine's link in ffffffd601fd7880, kmalloc-64, in quarantine");
    const cache = { ...slabsOf(riscv.kernel).objectAt(freed)!.cache, name: "task_struct" };
    expect(wordIn(riscv.kernel, { cache, state: "in quarantine" }, 0)).toEqual({ link: "quarantine" });
    expect(wordIn(riscv.kernel, { cache, state: "in use" }, 0)).toEqual({ member: "task_struct.thread_info.flags" });
    const listed = Number(riscv.type("struct kmem_cache").at(cache.address).offset);
    expect(wordIn(riscv.kernel, { cache, state: "free" }, listed)).toEqual({ link: "free list" });
  });

  test("in memory that only a start needed has no name of the kernel's: it was freed, and is other things", () => {
    const target = riscv.symbol("init_task")!;
    // The first such page that the image holds.
    let at = (riscv.symbol("__init_begin")! + 4095n) & ~4095n;
    while (!riscv.kernel.memory.has(at)) at += 4096n;
    expect(at).toBeLessThan(riscv.symbol("__init_end")!);
    const foundIn = (state: number) => {
      const image = written(
        riscv,
        [at, word(target)],
        [riscv.symbol("system_state")!, new Uint8Array(Uint32Array.of(state).buffer)],
      );
      const { found } = findReferences(new Kernel(image, { symbols: riscv.kernel.symbols }), target);
      return found.find(({ address }) => riscv.translate(address) === riscv.translate(at));
    };
    expect(foundIn(3)).toEqual({ address: directAddress(riscv.kernel, riscv.translate(at)), value: target });
    // While it starts, the names hold.
    expect(foundIn(1)).toMatchObject({ address: at, variable: { symbol: expect.any(String) } });
  });

  test("is in the structure that a cache is of, if that has the objects' size", () => {
    const own = slabsOf(riscv.kernel).objectAt(0xffffffd601fd7880n)!.cache;
    const size = (name: string) => riscv.type(`struct ${name}`).size;
    const memberOf = (name: string, objectSize: number) =>
      wordIn(riscv.kernel, { cache: { ...own, name, objectSize }, state: "in use" }, 0).member;
    expect(memberOf("filp", size("file"))).toMatch(/^file\.\w/);
    expect(memberOf("shmem_inode_cache", size("shmem_inode_info") + 8)).toMatch(/^shmem_inode_info\.\w/);
    expect(memberOf("signal_cache", size("signal_struct"))).toMatch(/^signal_struct\.\w/);
    expect(memberOf("cred_jar", size("cred"))).toMatch(/^cred\.\w/);
    expect(memberOf("kernfs_node_cache", size("kernfs_node"))).toMatch(/^kernfs_node\.\w/);
    for (const wrong of [-8, 64]) expect(memberOf("filp", size("file") + wrong)).toBeUndefined();
    expect(memberOf("kmalloc-64", 64)).toBeUndefined();
  });

  test("is said with the member that it is in", () => {
    const { types } = riscv.kernel;
    const task = types!.find("struct task_struct")!;
    const at = (path: string) => memberPath(types!, task, riscv.type("struct task_struct").offsetOf(path));
    expect(at("real_parent")).toBe("real_parent");
    expect(at("se.run_node.rb_left")).toBe("se.run_node.rb_left");
    expect(memberPath(types!, task, riscv.type("struct task_struct").offsetOf("comm") + 3)).toBe("comm[3]");
    expect(memberPath(types!, task, 1 << 20)).toBeUndefined();
  });
});
