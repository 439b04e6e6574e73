/* SPDX-License-Identifier: MIT */
/*
 * CPU 1 looks at pages while they are other memory, and remembers what their shadow shows. Then CPU 0 makes kernel memory of one. What
 * CPU 1 does with it is right, but for its last access.
 *
 * expect: slab-out-of-bounds
 * machine: cpus 2
 */
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#define PAGES 256
#define SIZE (5 * PAGE_SIZE)
#define TRIES 64

static struct page *pages[PAGES];
static void *tried[TRIES];
static volatile u8 *object;
static DECLARE_COMPLETION(looked);
static DECLARE_COMPLETION(changed);
static DECLARE_COMPLETION(done);

static int other_cpu(void *unused)
{
	int i;

	for (i = 0; i < PAGES; i++)
		*(volatile u8 *)page_address(pages[i]) = i;
	complete(&looked);
	wait_for_completion(&changed);
	for (i = 0; object && i < SIZE; i += 64)
		object[i] = i;
	if (object)
		(void)object[SIZE];
	complete(&done);
	return 0;
}

static bool was_looked_at(const void *address)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (page_address(pages[i]) == address)
			return true;
	return false;
}

/* Kernel memory that begins at one of the pages. */
static void *allocate_there(void)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		tried[i] = kmalloc(SIZE, GFP_KERNEL);
		if (!tried[i] || was_looked_at(tried[i]))
			return tried[i];
	}
	return NULL;
}

static int __init stale_tlb_init(void)
{
	struct task_struct *task;
	int i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!pages[i])
			return -ENOMEM;
	}
	task = kthread_create(other_cpu, NULL, "other");
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, 1);
	wake_up_process(task);
	wait_for_completion(&looked);
	for (i = 0; i < PAGES; i++)
		__free_page(pages[i]);
	object = allocate_there();
	complete(&changed);
	wait_for_completion(&done);
	for (i = 0; i < TRIES; i++)
		kfree(tried[i]);
	return object ? 0 : -ENOMEM;
}

module_init(stale_tlb_init);
MODULE_LICENSE("GPL");
