// SPDX-License-Identifier: MIT
/* A pattern and a text, with a zero between them: lib/glob.c. */
#include <linux/glob.h>
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/string.h>

FUZZ_TEST_SIMPLE(glob)
{
	char *text = kmemdup_nul(data, datalen, GFP_KERNEL);
	size_t pattern;
	bool matches;

	if (!text)
		return -ENOMEM;
	pattern = strlen(text);
	matches = glob_match(text, pattern < datalen ? text + pattern + 1 : "");
	kfree(text);
	return matches;
}
