/* SPDX-License-Identifier: MIT */
/*
 * So far past the end of an area that it is in the next one: memory that may be accessed, by somebody else.
 *
 * expect: vmalloc-out-of-bounds
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init neighbour_init(void)
{
	u8 *first = vmalloc(PAGE_SIZE);
	u8 *second = vmalloc(PAGE_SIZE);

	if (!first || !second)
		return -ENOMEM;
	(void)*(volatile u8 *)(first + (second - first));
	vfree(first);
	vfree(second);
	return 0;
}

module_init(neighbour_init);
MODULE_LICENSE("GPL");
