/* SPDX-License-Identifier: MIT */
/* use-after-free: pages that were given back to the page allocator are read. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>

static int __init page_uaf_init(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	u8 *data;

	if (!page)
		return -ENOMEM;
	data = page_address(page);
	data[0] = 0x42;
	__free_pages(page, 2);
	pr_info("first byte: %#x\n", READ_ONCE(data[0]));
	return 0;
}

module_init(page_uaf_init);
MODULE_LICENSE("GPL");
