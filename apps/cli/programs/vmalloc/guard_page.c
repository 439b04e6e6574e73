/* SPDX-License-Identifier: MIT */
/*
 * The first byte of an area's guard page, where no memory is.
 *
 * expect: vmalloc-out-of-bounds
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init guard_page_init(void)
{
	volatile u8 *data = vmalloc(2 * PAGE_SIZE);

	if (!data)
		return -ENOMEM;
	(void)data[2 * PAGE_SIZE];
	vfree((void *)data);
	return 0;
}

module_init(guard_page_init);
MODULE_LICENSE("GPL");
