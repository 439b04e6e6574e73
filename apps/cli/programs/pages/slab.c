/* SPDX-License-Identifier: MIT */
/*
 * An object of kmalloc(), and the byte behind it.
 *
 * expect: slab-out-of-bounds
 */
#include <linux/module.h>
#include <linux/slab.h>

static int __init slab_init(void)
{
	volatile u8 *data = kmalloc(100, GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	data[99] = 1;
	(void)data[100];
	kfree((void *)data);
	return 0;
}

module_init(slab_init);
MODULE_LICENSE("GPL");
