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

static struct page *pages[PAGES];
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
	object = kmalloc(SIZE, GFP_KERNEL);
	complete(&changed);
	wait_for_completion(&done);
	kfree((void *)object);
	return object ? 0 : -ENOMEM;
}

module_init(stale_tlb_init);
MODULE_LICENSE("GPL");
