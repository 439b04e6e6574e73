import { arm64 } from "@kasan/arch-arm64";
import { x86_64 } from "@kasan/arch-x86";
import type { ModeName } from "@kasan/kernel";
import type { Platform } from "@kasan/platform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzSession } from "../src/index.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { withFiles } from "./harness.ts";

/** A target whose input is a program: each byte is something to do to what the ones before left. */
const SOURCE = `
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kfuzztest.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

struct node { struct rcu_head rcu; char rest[100]; };
static char *objects[8], *areas[4];
static void __percpu *counters[2];
static struct page *pages[4];
static struct kmem_cache *caches[3];
static void *of_cache[3];
static mempool_t *pool;
static struct timer_list timer;
static int ticks;

static void tick(struct timer_list *unused) { ticks++; }
static void make(void *object) { memset(object, 0x11, 24); }
static void let_go(struct rcu_head *head) { kfree(container_of(head, struct node, rcu)); }
static int deep(int left) { volatile char frame[200]; frame[left % 200] = left; return left == 0 ? frame[0] : deep(left - 1) + frame[1]; }
/* Writes somewhere in RAM: page descriptors, the allocator's lists, its objects, page tables, the shadow. */
static void __no_kasan_or_inline overwrite(size_t i, u8 x)
{
	u64 word = ((u64)i * 2654435761u + x * 40503u) % (16 << 17);
	u64 *ram = (u64 *)((u64)objects[0] & ~0xffffffull);

	WRITE_ONCE(ram[word], x & 1 ? ~0ull : x & 2 ? 0 : (u64)objects[0] + x);
}

FUZZ_TEST_SIMPLE(everything)
{
	size_t i;

	for (i = 0; i + 1 < datalen; i += 2) {
		u8 op = data[i] % 31, x = data[i + 1];
		char *object = objects[x % 8], *area = areas[x % 4];
		struct node *node;

		switch (op) {
		case 0: case 1: kfree(object); objects[x % 8] = kmalloc(x * (op ? 100 : 1) + 1, op ? GFP_ATOMIC : GFP_KERNEL); break;
		case 2: kfree(object); objects[x % 8] = NULL; break;
		case 3: objects[x % 8] = krealloc(object, x * 17 + 1, GFP_KERNEL | __GFP_ZERO); break;
		case 4: if (object) memset(object, x, ksize(object) / 2); break;
		case 5: vfree(area); areas[x % 4] = vmalloc(x * 900 + 1); break;
		case 6: vfree(area); areas[x % 4] = NULL; break;
		case 7: if (area) area[0] = x; break;
		case 8: if (!pages[x % 4]) pages[x % 4] = alloc_pages(GFP_KERNEL | (x & 16 ? __GFP_ZERO : 0), x % 3); break;
		case 9: if (pages[x % 4]) { memset(page_address(pages[x % 4]), x, 64); } break;
		case 10: if (!caches[x % 3]) caches[x % 3] = kmem_cache_create(x & 8 ? "first" : "second", 24 + x, 0, x & 16 ? SLAB_TYPESAFE_BY_RCU : 0, x & 32 ? make : NULL); break;
		case 11: if (caches[x % 3] && !of_cache[x % 3]) of_cache[x % 3] = kmem_cache_alloc(caches[x % 3], GFP_KERNEL); break;
		case 12: if (of_cache[x % 3]) { kmem_cache_free(caches[x % 3], of_cache[x % 3]); of_cache[x % 3] = NULL; } break;
		case 13: if (caches[x % 3] && !of_cache[x % 3]) { kmem_cache_destroy(caches[x % 3]); caches[x % 3] = NULL; } break;
		case 14: if (!counters[x % 2]) counters[x % 2] = __alloc_percpu(8 + x, 8); break;
		case 15: if (counters[x % 2]) { *(int *)this_cpu_ptr(counters[x % 2]) += x; } break;
		case 16: free_percpu(counters[x % 2]); counters[x % 2] = NULL; break;
		case 17: pr_info("step %zu of %pS: %p\\n", i, deep, object); break;
		case 18: msleep(x % 4); break;
		case 19: timer_setup(&timer, tick, 0); mod_timer(&timer, jiffies + x % 4); break;
		case 20: node = kmalloc(sizeof(*node), GFP_KERNEL); if (node) { if (x & 1) call_rcu(&node->rcu, let_go); else kfree_rcu(node, rcu); } break;
		case 21: if (x & 1) synchronize_rcu(); else rcu_barrier(); break;
		case 22: deep(x % 64); break;
		case 23: WARN_ON(x & 1); break;
		case 24: if (object) { volatile char c = object[ksize(object)]; (void)c; } break;
		case 25: if (!pool) pool = mempool_create_kmalloc_pool(2, 64); break;
		case 26: if (pool) mempool_free(mempool_alloc(pool, GFP_KERNEL), pool); break;
		case 27: mempool_destroy(pool); pool = NULL; break;
		case 28: if (x > 250) BUG(); if (x > 245) *(volatile int *)(long)x = 1; if (x == 245) for (;;) deep(3); break;
		case 30: overwrite(i, x); break;
		case 29: if (object && area) memmove(object, area, min_t(size_t, ksize(object), 16)); break;
		}
	}
	del_timer_sync(&timer);
	return 0;
}

static int __init start(void)
{
	objects[0] = kmalloc(40, GFP_KERNEL);
	areas[0] = vmalloc(9000);
	caches[0] = kmem_cache_create("third", 64, 0, 0, NULL);
	of_cache[0] = kmem_cache_alloc(caches[0], GFP_KERNEL);
	timer_setup(&timer, tick, 0);
	kfree(kmalloc(100, GFP_KERNEL));
	return 0;
}
module_init(start);
MODULE_LICENSE("GPL");
`;

const open = (architecture: Platform, mode: ModeName, instrument: "outline" | "inline") =>
  withFiles({ "everything.c": SOURCE }, (files) => {
    const options = fuzzOptions(files, {}, mode, architecture);
    return FuzzSession.open({ ...options, compile: { ...options.compile, instrument } });
  });

describe("the machine is set back byte for byte, whatever an input did", () => {
  const steps = fc.uint8Array({ minLength: 0, maxLength: 120 });
  it.each([
    ["generic", "outline", x86_64({ levels: 4 })],
    ["generic", "inline", x86_64({ levels: 5 })],
    ["generic", "outline", arm64({ vaBits: 48 })],
    ["sw_tags", "outline", arm64({ vaBits: 48, topByteIgnore: true })],
    ["hw_tags", "outline", arm64({ vaBits: 48, topByteIgnore: true })],
  ] as const)("%s, %s", async (mode, instrument, architecture) => {
    const session = await open(architecture, mode, instrument);
    const text = (input: Uint8Array) => session.run(input).failure?.log.map((line) => line.text) ?? [];
    const probe = Uint8Array.of(17, 0, 0, 3, 24, 3, 5, 3, 10, 1, 11, 1, 8, 1, 18, 1, 17, 3);
    const before = text(probe);
    fc.assert(
      fc.property(steps, (input) => {
        session.run(input);
        expect(session.verifyReset()).toBe(true);
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(text(probe)).toEqual(before);
    session.close();
  });
});
