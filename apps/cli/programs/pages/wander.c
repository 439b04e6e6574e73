/* SPDX-License-Identifier: MIT */
/*
 * Four CPUs allocate pages of both kinds and objects, and free each other's: nothing is wrong with any access.
 *
 * expect: nothing
 * machine: cpus 4
 */
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#define CPUS 4
#define PAGES 48
#define ROUNDS 60

static struct page *places[PAGES];
static void *objects[PAGES];
static struct completion done[CPUS];

static int work(void *data)
{
	long cpu = (long)data;
	unsigned int seed = 12345 + cpu;
	int i, j;

	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < PAGES; j++) {
			struct page *page;
			u8 *object, *old;

			seed = seed * 1103515245 + 12345;
			page = alloc_page(seed & 0x10000 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE);
			if (!page)
				return -ENOMEM;
			((volatile u8 *)page_address(page))[seed % PAGE_SIZE] = cpu;
			page = xchg(&places[(seed >> 8) % PAGES], page);
			if (page) {
				((volatile u8 *)page_address(page))[(seed >> 3) % PAGE_SIZE]++;
				__free_page(page);
			}
			object = kmalloc(64 + (seed >> 20) % 900, GFP_KERNEL);
			if (!object)
				return -ENOMEM;
			((volatile u8 *)object)[63] = cpu;
			old = xchg(&objects[(seed >> 9) % PAGES], object);
			if (old) {
				((volatile u8 *)old)[63]++;
				kfree(old);
			}
		}
	}
	complete(&done[cpu]);
	return 0;
}

static int __init wander_init(void)
{
	long i;

	for (i = 0; i < CPUS; i++)
		init_completion(&done[i]);
	for (i = 0; i < CPUS; i++) {
		struct task_struct *task = kthread_create(work, (void *)i, "work/%ld", i);

		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, i);
		wake_up_process(task);
	}
	for (i = 0; i < CPUS; i++)
		wait_for_completion(&done[i]);
	for (i = 0; i < PAGES; i++) {
		if (places[i])
			__free_page(places[i]);
		kfree(objects[i]);
	}
	return 0;
}

module_init(wander_init);
MODULE_LICENSE("GPL");
