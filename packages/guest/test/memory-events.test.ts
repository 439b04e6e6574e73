import { x86_64 } from "@kasan/arch-x86";
import type { MemoryEvent } from "@kasan/kernel";
import type { StackFrame } from "@kasan/report";
import { expect, test } from "vitest";
import { Cache, cacheFolder, PREBUILT_FOLDER, runProgram } from "../src/index.ts";

/** Runs an init function. Returns what it allocated and freed, the frames that end in it, and what a report would say of each address. */
async function eventsOf(...lines: string[]) {
  const text = `#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/mm.h>
#include <linux/percpu.h>
static int __init events_init(void)
{
${lines.join("\n")}
	return 0;
}
module_init(events_init);
`;
  const events: MemoryEvent[] = [];
  let frames: StackFrame[] = [];
  const described: unknown[] = [];
  await runProgram({
    files: ["events.c"],
    sources: { "events.c": text },
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
    machine: { architecture: x86_64({ levels: 4 }), onMemory: (event) => void events.push(event) },
    onEnd: (machine, locate) => {
      frames = locate(events.map((event) => event.stack().find(({ symbol }) => symbol === "events_init")!));
      described.push(...events.map(({ address }) => machine.kasan.describe(address)));
    },
  });
  return { events, frames, described };
}

test("what a guest allocates and frees is told, with sizes, pointers and source lines", async () => {
  const { events, frames, described } = await eventsOf(
    "	void *object = kmalloc(100, GFP_KERNEL);",
    "	void *area = vmalloc(5000);",
    "	struct page *page = alloc_pages(GFP_KERNEL, 1);",
    "	kfree(object);",
    "	kfree(NULL);",
    "	vfree(area);",
    "	get_page(page);",
    "	put_page(page);",
    "	__free_pages(page, 1);",
  );
  const told = events.map(({ kind, by, size }) => [kind, by.replace(/^kasan_guest_kmalloc_cache$/, "kmalloc"), size]);
  expect(told).toEqual([
    ["allocate", "kmalloc", 100],
    ["allocate", "vmalloc_noprof", 5000],
    ["allocate", "alloc_pages_noprof", 8192],
    ["free", "kfree", undefined],
    ["free", "vfree", undefined],
    ["free", "__free_pages", undefined],
  ]);
  const addresses = events.map(({ address }) => address);
  expect(addresses.slice(3)).toEqual(addresses.slice(0, 3));
  expect(frames.map(({ file, line }) => [file, line])).toEqual(
    [8, 9, 10, 11, 13, 16].map((line) => ["events.c", line]),
  );
  const times = events.map(({ time }) => time);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(described[0]).toMatchObject({ object: { cache: "kmalloc-128" }, freed: { pid: 100 } });
});

test("of a program with threads, what its first thread does is told", async () => {
  const text = `#include <linux/kthread.h>
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/slab.h>
static DECLARE_COMPLETION(done);
static int run(void *object) { kfree(object); complete(&done); return 0; }
static int __init start(void) { kthread_run(run, kmalloc(100, GFP_KERNEL), "run"); wait_for_completion(&done); return 0; }
module_init(start);
`;
  const sizes: (number | undefined)[] = [];
  const { stopped } = await runProgram({
    files: ["threads.c"],
    sources: { "threads.c": text },
    cache: new Cache(cacheFolder(), [PREBUILT_FOLDER]),
    machine: { architecture: x86_64({ levels: 4 }), onMemory: ({ size }) => void sizes.push(size) },
    plugins: {
      module: new URL("./plugins.js", import.meta.url).href,
      data: { levels: 4, vmallocShadow: "lazy" },
    },
  });
  expect(stopped).toBeUndefined();
  expect(sizes).toContain(100);
});

test("what calls allocate and free by the way is told: in bulk, for each CPU, by krealloc", async () => {
  const { events, frames } = await eventsOf(
    '	struct kmem_cache *cache = kmem_cache_create("events", 40, 8, 0, NULL);',
    "	void *objects[3];",
    "	kmem_cache_alloc_bulk(cache, GFP_KERNEL, 3, objects);",
    "	kmem_cache_free_bulk(cache, 3, objects);",
    "	kmem_cache_destroy(cache);",
    "	free_percpu(alloc_percpu(long));",
    "	void *small = krealloc(NULL, 10, GFP_KERNEL);",
    "	void *same = krealloc(small, 12, GFP_KERNEL);",
    "	krealloc(krealloc(same, 100, GFP_KERNEL), 0, GFP_KERNEL);",
  );
  const own = events.filter((_, i) => frames[i]?.file === "events.c");
  const told = own.map(({ kind, by, size }) => [kind, by, size]);
  const [bulk, freed] = [
    ["allocate", "kmem_cache_alloc_bulk_noprof", 40],
    ["free", "kmem_cache_free_bulk", undefined],
  ];
  expect(told.filter(([, by]) => !/kmalloc|^kfree$/.test(String(by)))).toEqual([
    ...[bulk, bulk, bulk, freed, freed, freed],
    ["allocate", "pcpu_alloc_noprof", 8],
    ["free", "free_percpu", undefined],
    ...[10, 12, 100].map((size) => ["allocate", "krealloc_noprof", size]),
    ...[undefined, undefined].map((size) => ["free", "krealloc_noprof", size]),
  ]);
  const of = (by: string) => own.filter((event) => event.by === by).map(({ address }) => address);
  expect(of("kmem_cache_free_bulk")).toEqual(of("kmem_cache_alloc_bulk_noprof"));
  expect(of("free_percpu")).toEqual(of("pcpu_alloc_noprof"));
  const [first, resized, moved, before, last] = of("krealloc_noprof");
  expect([resized, before, last]).toEqual([first, first, moved]);
});

test("a bad free is told, too", async () => {
  const { events } = await eventsOf(
    "	char *object = kmalloc(100, GFP_KERNEL);",
    "	kfree(object);",
    "	kfree(object + 8);",
  );
  expect(events.map(({ kind }) => kind)).toEqual(["allocate", "free", "free"]);
  expect(events[2]!.address).toBe(events[0]!.address + 8n);
});
