/* SPDX-License-Identifier: MIT */
/*
 * A freed area after the purge: its addresses are free, and so is shadow that no area uses any more.
 *
 * expect: vmalloc-out-of-bounds
 */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init after_purge_init(void)
{
	volatile u8 *data = vmalloc(64 * PAGE_SIZE);

	if (!data)
		return -ENOMEM;
	data[32 * PAGE_SIZE] = 1;
	vfree((void *)data);
	vm_unmap_aliases();
	(void)data[32 * PAGE_SIZE];
	return 0;
}

module_init(after_purge_init);
MODULE_LICENSE("GPL");
