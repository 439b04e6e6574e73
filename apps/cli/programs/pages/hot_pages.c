/* SPDX-License-Identifier: MIT */
/*
 * Allocates pages of both kinds, one after the other, and gives them back: groups of pages take shadow and lose it.
 */
#include <linux/highmem.h>
#include <linux/module.h>

#define PAGES 512
#define ROUNDS 20

static int __init hot_pages_init(void)
{
	static struct page *pages[PAGES];
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		gfp_t gfp = round % 2 == 0 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE;

		for (i = 0; i < PAGES; i++) {
			pages[i] = alloc_page(gfp);
			if (!pages[i])
				return -ENOMEM;
			*(volatile u8 *)page_address(pages[i]) = i;
		}
		for (i = 0; i < PAGES; i++)
			__free_page(pages[i]);
	}
	return 0;
}

module_init(hot_pages_init);
MODULE_LICENSE("GPL");
