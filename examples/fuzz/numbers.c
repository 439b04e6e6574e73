// SPDX-License-Identifier: MIT
/* Numbers in digits: lib/kstrtox.c, and what scans by a format, which is in lib/vsprintf.c. */
#include <linux/kernel.h>
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include <linux/string.h>

FUZZ_TEST_SIMPLE(numbers)
{
	char *text = kmemdup_nul(data, datalen, GFP_KERNEL), word[8];
	unsigned long long number;
	long signed_number;
	int values[3];
	bool yes;

	if (!text)
		return -ENOMEM;
	kstrtoull(text, 0, &number);
	kstrtol(text, 16, &signed_number);
	kstrtobool(text, &yes);
	sscanf(text, "%7s %i:%3d[%x", word, &values[0], &values[1], &values[2]);
	kfree(text);
	return 0;
}
