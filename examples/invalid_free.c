/* SPDX-License-Identifier: MIT */
/* invalid-free: the pointer that is freed was moved on while the text was parsed. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static int __init invalid_free_init(void)
{
	char *text = kstrdup("one,two,three", GFP_KERNEL);
	char *word;

	if (!text)
		return -ENOMEM;
	word = strsep(&text, ",");
	pr_info("first word: %s\n", word);
	/* text is now at the second word. */
	kfree(text);
	return 0;
}

module_init(invalid_free_init);
MODULE_LICENSE("GPL");
