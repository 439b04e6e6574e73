/* SPDX-License-Identifier: MIT */
/*
 * A page of other memory whose page of shadow is real, because a neighbour is kernel memory: used well, then after it was freed.
 *
 * expect: use-after-free
 */
#include <linux/highmem.h>
#include <linux/module.h>

#define PAGES 64

static int __init neighbours_init(void)
{
	static struct page *kernel[PAGES], *user[PAGES];
	int i;

	for (i = 0; i < PAGES; i++) {
		volatile u8 *data;

		kernel[i] = alloc_page(GFP_KERNEL);
		user[i] = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!kernel[i] || !user[i])
			return -ENOMEM;
		*(u8 *)page_address(kernel[i]) = 1;
		data = page_address(user[i]);
		data[PAGE_SIZE - 1] = 1;
		/* Eight pages share a page of shadow. */
		if (page_to_pfn(kernel[i]) / 8 != page_to_pfn(user[i]) / 8)
			continue;
		__free_page(user[i]);
		(void)data[PAGE_SIZE - 1];
		return 0;
	}
	return -ENOENT;
}

module_init(neighbours_init);
MODULE_LICENSE("GPL");
