/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes page cache, byte by byte.
 */
#include <linux/module.h>
#include <linux/pagemap.h>

#define PAGES 64
#define ROUNDS 4

static int __init hot_cache_init(void)
{
	static struct page *pages[PAGES];
	int round, i, byte;

	for (i = 0; i < PAGES; i++) {
		pages[i] = __page_cache_alloc(GFP_HIGHUSER_MOVABLE);
		if (!pages[i])
			return -ENOMEM;
	}
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < PAGES; i++) {
			volatile u8 *data = kmap_local_page(pages[i]);

			for (byte = 0; byte < PAGE_SIZE; byte++)
				data[byte] = round;
		}
	}
	for (i = 0; i < PAGES; i++)
		put_page(pages[i]);
	return 0;
}

module_init(hot_cache_init);
MODULE_LICENSE("GPL");
