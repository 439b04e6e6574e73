import { AreaFlag, BLOCK_PAGES, SCHEMES } from "@kasan/vmalloc";
import { describe, expect, it } from "vitest";
import { type RunSettings, runFiles, withFiles } from "./harness.ts";

const HEAD = `#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
`;
const run = (source: string, settings: RunSettings = {}) =>
  withFiles({ "ram.c": HEAD + source }, (paths) => runFiles(paths, settings));

/** Two adjacent mappings in a block, p and q, of pages that a third, r, maps together. */
const MAPPINGS = (body: string) => `
static int __init start(void)
{
	struct page *pages[3] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) };
	volatile char *p = vm_map_ram(pages, 1, NUMA_NO_NODE);
	volatile char *q = vm_map_ram(pages + 1, 1, NUMA_NO_NODE);
	volatile char *r = vm_map_ram(pages, 3, NUMA_NO_NODE);

	OPTIMIZER_HIDE_VAR(p);
	${body}
	return 0;
}
module_init(start);
`;

describe("vm_map_ram", () => {
  const SW_TAGS: RunSettings = { mode: "sw_tags", arm64: { kasan: "sw_tags" } };

  it("shows pages in a row, and small mappings in one area", async () => {
    const body = `p[1] = 5; q[1] = 6; pr_info("> %d %d %ld\\n", r[1], r[PAGE_SIZE + 1], (long)(q - p));`;
    const { lines, reports, vmallocInfo } = await run(MAPPINGS(body));
    expect(lines.filter((line) => line.startsWith("> "))).toEqual(["> 5 6 4096"]);
    expect(reports).toEqual([]);
    const areas = vmallocInfo.filter(({ kind }) => kind === "vm_map_ram");
    expect(areas.map(({ start, end }) => end - start)).toEqual([BigInt(BLOCK_PAGES) * 4096n]);
  });

  it("behind a mapping its neighbour in the block is accessible, unless tags differ", async () => {
    const body = "p[PAGE_SIZE] = 1;";
    expect((await run(MAPPINGS(body))).reports).toEqual([]);
    const { reports } = await run(MAPPINGS(body), SW_TAGS);
    expect(reports).toMatchObject([{ bugType: "invalid-access", vmalloc: "virtual mapping" }]);
  });

  it.each([
    ["generic", {}],
    ["sw_tags", SW_TAGS],
  ] as [string, RunSettings][])(
    "%s: what was unmapped, or not mapped of a power of two, is bad",
    async (mode, settings) => {
      const bug = mode === "generic" ? "vmalloc-out-of-bounds" : "invalid-access";
      for (const body of ["vm_unmap_ram((void *)p, 1); p[1] = 1;", "r[3 * PAGE_SIZE] = 1;"]) {
        const { reports, lines } = await run(MAPPINGS(body), settings);
        expect(reports).toMatchObject([{ bugType: bug, vmalloc: "virtual mapping" }]);
        expect(lines).toContain("The buggy address belongs to a vmalloc virtual mapping");
      }
    },
  );

  it("warns of what is no mapping", async () => {
    const { warnings } = await run(MAPPINGS("vm_unmap_ram((void *)(p + PAGE_SIZE * 64), 1); vfree((void *)p);"));
    expect(warnings).toBe(2);
  });
});

/** Threads that create and write a mapping, publish it, and check and unmap the mappings that they find. */
const SHARED = `
#define SLOTS 4
#define LOOPS 800
#define THREADS 3
struct shown { struct page *pages[8]; char *at; int count; int pattern; };
static struct shown *slots[SLOTS];
static DEFINE_SPINLOCK(lock);
static atomic_t running = ATOMIC_INIT(THREADS), wrong = ATOMIC_INIT(0), missing = ATOMIC_INIT(0);
static void give_back(struct shown *shown)
{
	for (int i = 0; i < shown->count; i++)
		if (*(int *)(shown->at + i * PAGE_SIZE) != shown->pattern + i ||
		    *(int *)page_address(shown->pages[i]) != shown->pattern + i)
			atomic_inc(&wrong);
	vm_unmap_ram(shown->at, shown->count);
	for (int i = 0; i < shown->count; i++)
		__free_page(shown->pages[i]);
	kfree(shown);
}
static int work_on(void *argument)
{
	for (int i = 0; i < LOOPS; i++) {
		struct shown *shown = kzalloc(sizeof(*shown), GFP_KERNEL), *other;

		shown->count = 1 + i % 8;
		shown->pattern = i * 16 + (long)argument;
		for (int page = 0; page < shown->count; page++)
			shown->pages[page] = alloc_page(GFP_KERNEL);
		shown->at = vm_map_ram(shown->pages, shown->count, NUMA_NO_NODE);
		if (!shown->at) {
			atomic_inc(&missing);
			continue;
		}
		for (int page = 0; page < shown->count; page++)
			*(int *)(shown->at + page * PAGE_SIZE) = shown->pattern + page;
		spin_lock(&lock);
		other = slots[i % SLOTS];
		slots[i % SLOTS] = shown;
		spin_unlock(&lock);
		if (other)
			give_back(other);
		if (i % 200 == 199)
			vm_unmap_aliases();
	}
	atomic_dec(&running);
	return 0;
}
static int __init start(void)
{
	for (long i = 0; i < THREADS; i++) {
		struct task_struct *task = kthread_create(work_on, (void *)i, "ram/%ld", i);

		kthread_bind(task, i % num_online_cpus());
		wake_up_process(task);
	}
	while (atomic_read(&running))
		msleep(1);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i])
			give_back(slots[i]);
	vm_unmap_aliases();
	pr_info("> %d wrong, %d missing\\n", atomic_read(&wrong), atomic_read(&missing));
	return 0;
}
module_init(start);
`;

describe("vm_map_ram on several CPUs", () => {
  it.each(Object.keys(SCHEMES))(
    "%s: what one CPU maps another unmaps; blocks that are used up go, with their shadow",
    async (vmallocShadow) => {
      let blocks = 0;
      let mapped = 0;
      const { lines, reports, stopped } = await run(SHARED, {
        cpus: 2,
        vmallocShadow,
        memoryBytes: 128 * 2 ** 20,
        onEnd: ({ vmalloc, kernelPages }) => {
          for (const { vpn, pages, flags } of vmalloc.list()) {
            if ((flags & AreaFlag.BLOCK) === 0) continue;
            blocks++;
            for (let i = 0; i < pages; i++) mapped += Number(kernelPages.lookup(vpn + i) >= 0);
          }
        },
      });
      expect(reports).toEqual([]);
      expect(stopped).toBeUndefined();
      expect(lines.filter((line) => line.startsWith("> "))).toEqual(["> 0 wrong, 0 missing"]);
      expect(mapped).toBe(0);
      // Each thread has used about 4000 pages, of which a CPU's last block is still useful.
      expect(blocks).toBeLessThanOrEqual(2);
    },
    180_000,
  );
});
