/* SPDX-License-Identifier: MIT */
/*
 * A page of other memory among others, with no kernel memory near, read after it was freed.
 *
 * expect: use-after-free
 */
#include <linux/highmem.h>
#include <linux/module.h>

#define PAGES 64

static int __init user_page_init(void)
{
	static struct page *pages[PAGES];
	volatile u8 *data;
	int i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!pages[i])
			return -ENOMEM;
	}
	data = page_address(pages[PAGES / 2]);
	data[0] = 1;
	__free_page(pages[PAGES / 2]);
	(void)data[0];
	return 0;
}

module_init(user_page_init);
MODULE_LICENSE("GPL");
