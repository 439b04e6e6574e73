/* SPDX-License-Identifier: MIT */
/* vmalloc-out-of-bounds: past the end of what was asked for, though still on a page that is mapped. */
#include <linux/module.h>
#include <linux/vmalloc.h>

static int __init area_oob_init(void)
{
	const size_t size = PAGE_SIZE / 2 - 5;
	u8 *data = vzalloc(size);
	unsigned int total = 0;

	if (!data)
		return -ENOMEM;
	for (size_t i = 0; i < size; i += 8)
		total += ((u64 *)data)[i / 8];
	pr_info("total: %u\n", total);
	vfree(data);
	return 0;
}

module_init(area_oob_init);
MODULE_LICENSE("GPL");
