/* SPDX-License-Identifier: MIT */
/* null-ptr-deref: an allocation that failed was not checked. The report is followed by the fault itself. */
#include <linux/module.h>
#include <linux/slab.h>

struct table {
	unsigned long flags;
	int entries[];
};

static int __init null_init(void)
{
	/* More than kmalloc() can give. */
	struct table *table = kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN);

	table->entries[0] = 1;
	kfree(table);
	return 0;
}

module_init(null_init);
MODULE_LICENSE("GPL");
