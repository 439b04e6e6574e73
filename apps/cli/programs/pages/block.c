/* SPDX-License-Identifier: MIT */
/*
 * Eight pages of other memory at once, a whole page of shadow: used well, then after they were freed.
 *
 * expect: use-after-free
 */
#include <linux/module.h>
#include <linux/pagemap.h>

static int __init block_init(void)
{
	struct folio *folio = filemap_alloc_folio(GFP_HIGHUSER_MOVABLE, 3);
	volatile u8 *data;
	int i;

	if (!folio)
		return -ENOMEM;
	data = folio_address(folio);
	for (i = 0; i < 8 * PAGE_SIZE; i += 64)
		data[i] = i;
	folio_put(folio);
	(void)data[5 * PAGE_SIZE];
	return 0;
}

module_init(block_init);
MODULE_LICENSE("GPL");
