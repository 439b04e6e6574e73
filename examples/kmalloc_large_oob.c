/* SPDX-License-Identifier: MIT */
/* slab-out-of-bounds: kmalloc of more than two pages comes from the page allocator, and has its redzone in the last page. */
#include <linux/module.h>
#include <linux/slab.h>

#define SIZE (KMALLOC_MAX_CACHE_SIZE + 10)

static int __init large_oob_init(void)
{
	u8 *table = kzalloc(SIZE, GFP_KERNEL);
	size_t last = SIZE;

	if (!table)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(last);
	table[last] = 1;
	kfree(table);
	return 0;
}

module_init(large_oob_init);
MODULE_LICENSE("GPL");
