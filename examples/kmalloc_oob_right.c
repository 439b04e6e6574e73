/* SPDX-License-Identifier: MIT */
/*
 * slab-out-of-bounds: a write one byte past the end of an object. 115 bytes come from the cache of 128-byte objects, so
 * without KASAN nothing would happen - until the object has 129 bytes.
 */
#include <linux/module.h>
#include <linux/slab.h>

static int size = 115;
module_param(size, int, 0444);

static int __init oob_init(void)
{
	char *buf = kmalloc(size, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	/* "<=" where "<" was meant. */
	for (int i = 0; i <= size; i++)
		buf[i] = 'x';
	pr_info("filled %d bytes\n", size);
	kfree(buf);
	return 0;
}

static void __exit oob_exit(void)
{
}

module_init(oob_init);
module_exit(oob_exit);
MODULE_DESCRIPTION("Writes past the end of a kmalloc object");
MODULE_LICENSE("GPL");
