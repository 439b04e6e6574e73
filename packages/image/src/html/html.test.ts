import { afterAll, describe, expect, test } from "vitest";
import { openKernel } from "../../test/kernels.ts";
import { findReferences } from "../find/find.ts";
import { pointersIn } from "../find/pointers.ts";
import { inspect } from "../inspect/inspect.ts";
import { slabObjects } from "../kernel/neighbours.ts";
import { objectAt } from "../kernel/object.ts";
import { tasksOf } from "../kernel/tasks.ts";
import { scan } from "../scan/scan.ts";
import { inspectHtml } from "./inspection.ts";
import { referencesHtml } from "./references.ts";
import { scanHtml } from "./scan.ts";

const riscv = await openKernel("riscv64");
const arm = await openKernel("arm64");
afterAll(() => {
  riscv.close();
  arm.close();
});
const { kernel } = riscv;
const taskOf = (pid: number) => tasksOf(kernel).find((task) => task.pid === pid)!.address;
/** A freed object of kmalloc-64. The image has the shadow of its slab, but not of those of tasks. */
const FREED = 0xffffffd601fd7880n;

test("the objects of a slab, each as it is by itself", () => {
  const slab = slabObjects(kernel, FREED);
  expect(slab).toHaveLength(32);
  expect(slab.map(({ state }) => state)).toContain("in use");
  for (const { index, address, state } of slab)
    expect(objectAt(kernel, address)).toMatchObject({ index, address, state });
  expect(slabObjects(kernel, kernel.symbol("init_task")!)).toEqual([]);
});

test("where an object's words lead", () => {
  const [parent, child] = [taskOf(2), taskOf(3)];
  const pointers = pointersIn(kernel, child);
  const { offset } = pointers.find(({ member }) => member === "task_struct.real_parent")!;
  expect(offset).toBe(riscv.type("struct task_struct").offsetOf("real_parent"));
  expect(pointers.find((one) => one.offset === offset)).toMatchObject({
    value: parent,
    object: { address: parent, cache: "task_struct", state: "unknown" },
  });
  const symbol = riscv.type("struct task_struct").at(child).sched_class.$value;
  expect(pointers).toContainEqual(
    expect.objectContaining({
      value: symbol,
      symbol: expect.objectContaining({ symbol: "fair_sched_class", offset: 0 }),
    }),
  );
  for (const { value } of pointers) expect(value >> 63n).toBe(1n);
  expect(pointersIn(kernel, kernel.symbol("init_task")!)).toEqual([]);
  // With a tag, in an object of software tags: an empty list.
  expect(pointersIn(arm.kernel, 0xffff000000e06080n)).toContainEqual({
    offset: 48,
    value: 0x65ff000000e060b0n,
    object: { address: 0xffff000000e06080n, cache: "kmalloc-128", state: "in use" },
  });
});

describe("a page of addresses", () => {
  const addresses = [taskOf(3), FREED, taskOf(2) + 8n, kernel.symbol("init_task")!, 0n];
  const found = addresses.map((address) => inspect(riscv, address, { size: 8, write: true }));
  const html = inspectHtml(riscv, found, "<t>");
  const section = (number: number) => html.split("<section>")[number]!;

  test("draws an object between its neighbours, to scale", () => {
    const picture = /<div class="picture" role="img" aria-label="([^"]*)">/.exec(section(2))![1];
    expect(picture).toMatch(
      /object 17, in quarantine, 64 bytes; redzone [^;]*, 64 bytes; this object, in quarantine, 64 bytes, 64 bytes; redzone [^;]*, 64 bytes; object 19, in quarantine, 64 bytes/,
    );
    expect(section(2)).toContain("32 objects: 30 in quarantine, 2 in use; this one is number 18.");
    expect(section(2)).toMatch(/<span class="state in-quarantine own">Q<\/span>/);
    expect(section(4)).not.toContain('class="picture"');
  });

  test("has both stacks, side by side", () => {
    expect(section(2)).toMatch(
      /<div class="tracks">[\s\S]*Allocated by task 155 on CPU 0[\s\S]*Freed by task 155 on CPU 0[\s\S]*<\/div>/,
    );
    expect(section(2)).toContain("<summary>The report that the kernel would print</summary>");
    expect(section(1)).not.toContain("Freed by");
  });

  test("links pointers to other addresses of the page, both ways, and neighbours", () => {
    const parent = taskOf(2).toString(16);
    expect(section(1)).toMatch(
      new RegExp(`task_struct\\.real_parent</td><td class="hex"><a href="#address-3">${parent}</a>`),
    );
    expect(section(3)).toMatch(
      /What points to it on this page<\/h3>\n<ul>.*<a href="#address-1"><code>[0-9a-f]{16}<\/code><\/a>: task_struct\.real_parent<\/li>/,
    );
    expect(section(1)).toContain(`<td class="hex"><a href="#address-3">${parent}</a></td><td>not known</td>`);
    for (const [, id] of html.matchAll(/href="#(address-\d+)"/g)) expect(html).toContain(`id="${id}"`);
  });

  test("is made of tags, too", () => {
    const log = Array.from(arm.kernel.log.records, ({ text }) => text).join("\n");
    const [, tagged] = [...log.matchAll(/ at addr ([0-9a-f]{16})/g)].at(-1)!;
    const one = inspect(arm, BigInt(`0x${tagged}`));
    const page = inspectHtml(arm, [one], "t");
    expect(page).toContain(`<h2 id="address-1">${tagged}</h2>`);
    expect(one.finding.object).toBeDefined();
    expect(page).toMatch(/aria-label="Memory from [^"]*this object/);
  });
});

test("a scan has a bar for each cache, as long as its bytes", () => {
  const found = scan(kernel);
  const html = scanHtml(found, "generic", "t");
  const rows = [
    ...html.matchAll(
      /<th scope="row">([^<]*)<\/th><td><span class="amounts" aria-hidden="true">(.*?)<\/span><\/td><td class="number">(\d+)<\/td><td class="number">\d+<\/td>/g,
    ),
  ];
  expect(rows.map(([, name, , bytes]) => [name, Number(bytes)])).toEqual(
    found.caches.map(({ name, bytes }) => [name, bytes]),
  );
  for (const [, , bar, bytes] of rows) {
    const width = [...bar!.matchAll(/width:([\d.]+)%/g)].reduce((sum, [, share]) => sum + Number(share), 0);
    expect(width).toBeCloseTo((100 * Number(bytes)) / found.caches[0]!.bytes, 0);
  }
  expect(html).toContain("5 pages of shadow are mapped for vmalloc space; 33 areas need 5 of them.");
  expect(html).toContain("<p>There are none.</p>");
  const odd = { ...found, odd: [{ address: FREED, cache: "<c>", why: "w" }], oddCount: 3 };
  expect(scanHtml(odd, "generic", "t")).toMatch(
    /ffffffd601fd7880<\/th><td>&lt;c&gt;<\/td><td>w<[\s\S]*There are 2 more/,
  );
});

test("references have their counts by who has them", () => {
  const found = findReferences(kernel, taskOf(2));
  const html = referencesHtml([found, { ...found, found: [], more: false }], "t");
  const counts = [...html.split("All of them")[0]!.matchAll(/<td class="number">(\d+)<\/td>/g)].map(([, count]) =>
    Number(count),
  );
  expect(counts.reduce((sum, count) => sum + count)).toBe(found.found.length);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  expect(html).toContain("task_struct.real_parent of");
  expect(html).toContain("<p>Nothing points there.</p>");
});
