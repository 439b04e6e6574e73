/* SPDX-License-Identifier: MIT */
/*
 * An access that starts in a page of other memory in use and ends in one that is free.
 *
 * expect: use-after-free
 */
#include <linux/highmem.h>
#include <linux/module.h>

static int __init into_free_init(void)
{
	struct page *page = alloc_pages(GFP_HIGHUSER_MOVABLE, 1);
	u8 *data;

	if (!page)
		return -ENOMEM;
	data = page_address(page);
	memset(data, 1, 2 * PAGE_SIZE);
	/* The second page of a block that is no compound page goes when the first is still in use. */
	get_page(page);
	__free_pages(page, 1);
	memset(data + PAGE_SIZE - 8, 2, 16);
	put_page(page);
	return 0;
}

module_init(into_free_init);
MODULE_LICENSE("GPL");
