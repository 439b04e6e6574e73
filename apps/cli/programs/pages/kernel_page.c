/* SPDX-License-Identifier: MIT */
/*
 * A page of kernel memory, read after it was freed.
 *
 * expect: use-after-free
 */
#include <linux/highmem.h>
#include <linux/module.h>

static int __init kernel_page_init(void)
{
	volatile u8 *data = (u8 *)__get_free_page(GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	data[0] = 1;
	free_page((unsigned long)data);
	(void)data[0];
	return 0;
}

module_init(kernel_page_init);
MODULE_LICENSE("GPL");
