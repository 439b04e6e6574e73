/* SPDX-License-Identifier: MIT */
/*
 * One element past the end of an array on a stack that lies in vmalloc space.
 *
 * expect: stack-out-of-bounds
 * machine: vmap-stack
 */
#include <linux/module.h>

static noinline int at(volatile int *values, int i)
{
	return values[i];
}

static int __init stack_init(void)
{
	volatile int values[8];

	for (int i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = i;
	at(values, ARRAY_SIZE(values));
	return 0;
}

module_init(stack_init);
MODULE_LICENSE("GPL");
