/* SPDX-License-Identifier: MIT */
/*
 * Allocates pages, some of them kernel memory and the others page cache, and keeps them: what shadow do they take?
 */
#include <linux/module.h>
#include <linux/pagemap.h>

static int pages = 4096;
module_param(pages, int, 0);
MODULE_PARM_DESC(pages, "how many pages");
static int share = 50;
module_param(share, int, 0);
MODULE_PARM_DESC(share, "how many of a hundred are page cache");
static int run = 512;
module_param(run, int, 0);
MODULE_PARM_DESC(run, "how many of a kind come after each other: 512 are a page block, by which Linux keeps what it can move apart");

static int __init mix_init(void)
{
	int cache = 0, kernel = 0, i;

	if (run < 1)
		return -EINVAL;
	while (cache + kernel < pages) {
		/* The kind that is behind. */
		bool movable = cache * 100 < share * (cache + kernel + 1);

		for (i = 0; i < run && cache + kernel < pages; i++) {
			if (!alloc_page(movable ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL))
				return -ENOMEM;
			if (movable)
				cache++;
			else
				kernel++;
		}
	}
	return 0;
}

module_init(mix_init);
MODULE_LICENSE("GPL");
