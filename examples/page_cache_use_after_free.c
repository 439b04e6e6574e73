/* SPDX-License-Identifier: MIT */
/* use-after-free: a folio of the page cache is read after the last reference to it is gone. Try --shadow-scheme per-page, too. */
#include <linux/module.h>
#include <linux/pagemap.h>

static int __init page_cache_uaf_init(void)
{
	struct folio *folio = filemap_alloc_folio(GFP_HIGHUSER_MOVABLE, 2);
	u8 *data;

	if (!folio)
		return -ENOMEM;
	data = kmap_local_folio(folio, PAGE_SIZE);
	memset(data, 0x42, PAGE_SIZE);
	pr_info("a byte of page cache: %#x\n", READ_ONCE(data[100]));
	kunmap_local(data);
	folio_put(folio);
	pr_info("and afterwards: %#x\n", READ_ONCE(data[100]));
	return 0;
}

module_init(page_cache_uaf_init);
MODULE_LICENSE("GPL");
