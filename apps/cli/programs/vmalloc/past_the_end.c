/* SPDX-License-Identifier: MIT */
/*
 * One byte past the end of what was asked for, on the area's last page.
 *
 * expect: vmalloc-out-of-bounds
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init past_the_end_init(void)
{
	volatile u8 *data = vmalloc(5000);

	if (!data)
		return -ENOMEM;
	(void)data[5000];
	vfree((void *)data);
	return 0;
}

module_init(past_the_end_init);
MODULE_LICENSE("GPL");
