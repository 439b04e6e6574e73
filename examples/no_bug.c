/* SPDX-License-Identifier: MIT */
/* Nothing is wrong here, and nothing is reported: slab objects, a list, strings, a cache, vmalloc. */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

struct word {
	struct list_head node;
	char *text;
};

static LIST_HEAD(words);
static struct kmem_cache *cache;
static char *text = "the quick brown fox";
module_param(text, charp, 0444);
MODULE_PARM_DESC(text, "Text to take apart");

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int sort_numbers(void)
{
	int *numbers = vmalloc_array(1000, sizeof(*numbers));

	if (!numbers)
		return -ENOMEM;
	for (int i = 0; i < 1000; i++)
		numbers[i] = i * 7919 % 1000;
	sort(numbers, 1000, sizeof(*numbers), compare, NULL);
	pr_info("numbers from %d to %d\n", numbers[0], numbers[999]);
	vfree(numbers);
	return 0;
}

static int __init no_bug_init(void)
{
	char *copy, *rest, *part;

	cache = KMEM_CACHE(word, SLAB_HWCACHE_ALIGN);
	copy = rest = kstrdup(text, GFP_KERNEL);
	if (!cache || !copy)
		return -ENOMEM;
	while ((part = strsep(&rest, " "))) {
		struct word *word = kmem_cache_zalloc(cache, GFP_KERNEL);

		if (!word)
			return -ENOMEM;
		word->text = kasprintf(GFP_KERNEL, "%s (%zu)", part, strlen(part));
		list_add(&word->node, &words);
	}
	kfree(copy);
	return sort_numbers();
}

static void __exit no_bug_exit(void)
{
	struct word *word, *next;

	list_for_each_entry_safe(word, next, &words, node) {
		pr_info("%s\n", word->text);
		list_del(&word->node);
		kfree(word->text);
		kmem_cache_free(cache, word);
	}
	kmem_cache_destroy(cache);
}

module_init(no_bug_init);
module_exit(no_bug_exit);
MODULE_LICENSE("GPL");
