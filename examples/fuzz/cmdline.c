// SPDX-License-Identifier: MIT
/* Options of the kernel's command line: lib/cmdline.c. */
#include <linux/kernel.h>
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/string.h>

FUZZ_TEST_SIMPLE(cmdline)
{
	char *text = kmemdup_nul(data, datalen, GFP_KERNEL), *next, *parameter, *value;
	int numbers[8];

	if (!text)
		return -ENOMEM;
	get_options(text, ARRAY_SIZE(numbers), numbers);
	memparse(text, &next);
	for (next = text; *next;)
		next = next_arg(next, &parameter, &value);
	kfree(text);
	return 0;
}
