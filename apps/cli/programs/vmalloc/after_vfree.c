/* SPDX-License-Identifier: MIT */
/*
 * A freed area, whose addresses still wait for the purge.
 *
 * expect: vmalloc-out-of-bounds
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init after_vfree_init(void)
{
	volatile u8 *data = vmalloc(16 * PAGE_SIZE);

	if (!data)
		return -ENOMEM;
	data[0] = 1;
	vfree((void *)data);
	(void)data[0];
	return 0;
}

module_init(after_vfree_init);
MODULE_LICENSE("GPL");
