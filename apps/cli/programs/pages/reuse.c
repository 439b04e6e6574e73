/* SPDX-License-Identifier: MIT */
/*
 * A page that is kernel memory, then other memory, then kernel memory again, each time used well, and read after that.
 *
 * expect: use-after-free
 */
#include <linux/highmem.h>
#include <linux/module.h>

static volatile u8 *use(gfp_t gfp, unsigned long *pfn)
{
	struct page *page = alloc_page(gfp);
	volatile u8 *data;
	int i;

	if (!page)
		return NULL;
	data = page_address(page);
	for (i = 0; i < PAGE_SIZE; i += 8)
		data[i] = i;
	*pfn = page_to_pfn(page);
	__free_page(page);
	return data;
}

static int __init reuse_init(void)
{
	unsigned long first, second, third;
	volatile u8 *data;

	/* The page freed last is the first to be used again. */
	use(GFP_KERNEL, &first);
	use(GFP_HIGHUSER_MOVABLE, &second);
	data = use(GFP_KERNEL, &third);
	if (!data || first != second || second != third)
		return -ENOENT;
	(void)data[0];
	return 0;
}

module_init(reuse_init);
MODULE_LICENSE("GPL");
