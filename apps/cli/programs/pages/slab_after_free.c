/* SPDX-License-Identifier: MIT */
/*
 * An object of kmalloc(), after kfree().
 *
 * expect: slab-use-after-free
 */
#include <linux/module.h>
#include <linux/slab.h>

static int __init slab_after_free_init(void)
{
	volatile u8 *data = kmalloc(100, GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	kfree((void *)data);
	(void)data[50];
	return 0;
}

module_init(slab_after_free_init);
MODULE_LICENSE("GPL");
