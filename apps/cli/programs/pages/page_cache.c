/* SPDX-License-Identifier: MIT */
/*
 * Page cache, allocated, filled, read and given back: other memory, of which accesses to each page are judged by its mark.
 *
 * expect: nothing
 */
#include <linux/module.h>
#include <linux/pagemap.h>

#define PAGES 64

static struct page *pages[PAGES];

static int __init page_cache_init(void)
{
	unsigned int sum = 0;
	int i, byte;

	for (i = 0; i < PAGES; i++) {
		pages[i] = __page_cache_alloc(GFP_HIGHUSER_MOVABLE);
		if (!pages[i])
			return -ENOMEM;
		memset(kmap_local_page(pages[i]), i, PAGE_SIZE);
	}
	for (i = 0; i < PAGES; i++) {
		volatile u8 *data = kmap_local_page(pages[i]);

		for (byte = 0; byte < PAGE_SIZE; byte += 64)
			sum += data[byte];
	}
	for (i = 0; i < PAGES; i++)
		put_page(pages[i]);
	return sum == PAGES * (PAGES - 1) / 2 * (PAGE_SIZE / 64) ? 0 : -EIO;
}

module_init(page_cache_init);
MODULE_LICENSE("GPL");
