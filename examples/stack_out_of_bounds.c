/* SPDX-License-Identifier: MIT */
/* stack-out-of-bounds: each element is compared with the next, and the last has none. */
#include <linux/module.h>

static int count = 8;
module_param(count, int, 0444);
MODULE_PARM_DESC(count, "How many of the 8 elements to use");

static noinline int largest_step(void)
{
	int values[8];
	int largest = 0;

	if (count < 0 || count > ARRAY_SIZE(values))
		return -EINVAL;
	for (int i = 0; i < count; i++)
		values[i] = i * i;
	for (int i = 0; i < count; i++)
		largest = max(largest, values[i + 1] - values[i]);
	return largest;
}

static int __init stack_oob_init(void)
{
	pr_info("largest step: %d\n", largest_step());
	return 0;
}

module_init(stack_oob_init);
MODULE_LICENSE("GPL");
