/* SPDX-License-Identifier: MIT */
/*
 * One element past the end of a module's global variable, in module space.
 *
 * expect: global-out-of-bounds
 */
#include <linux/module.h>

static int values[10];
static int count = 10;
module_param(count, int, 0444);

static int __init module_global_init(void)
{
	int sum = 0;

	for (int i = 0; i <= count; i++)
		sum += ((volatile int *)values)[i];
	return sum == 0 ? 0 : -EINVAL;
}

module_init(module_global_init);
MODULE_LICENSE("GPL");
