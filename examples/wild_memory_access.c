/* SPDX-License-Identifier: MIT */
/* wild-memory-access: an entry is used by its links after list_del(), which made them point nowhere. */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

struct job {
	int id;
	struct list_head node;
};

static LIST_HEAD(jobs);

static int __init wild_init(void)
{
	static struct job first = { .id = 1 }, second = { .id = 2 };
	struct job *job;

	list_add_tail(&first.node, &jobs);
	list_add_tail(&second.node, &jobs);
	/* list_for_each_entry_safe() was needed. */
	list_for_each_entry(job, &jobs, node) {
		pr_info("job %d\n", job->id);
		list_del(&job->node);
	}
	return 0;
}

module_init(wild_init);
MODULE_LICENSE("GPL");
