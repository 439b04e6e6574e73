/* SPDX-License-Identifier: MIT */
/*
 * use-after-scope: a pointer to a variable outlives the block that the variable is in. Kernels since 5.1 are built
 * without this check; here it is on.
 */
#include <linux/module.h>

static noinline int sum(int count)
{
	volatile int *last = NULL;
	int total = 0;

	for (int i = 0; i < count; i++) {
		volatile int square = i * i;

		total += square;
		last = &square;
	}
	return last ? total + *last : total;
}

static int __init scope_init(void)
{
	pr_info("sum: %d\n", sum(4));
	return 0;
}

module_init(scope_init);
MODULE_LICENSE("GPL");
