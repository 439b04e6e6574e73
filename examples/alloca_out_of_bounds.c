/* SPDX-License-Identifier: MIT */
/* alloca-out-of-bounds: the text fits the array of variable length, and the NUL behind it does not. */
#include <linux/module.h>
#include <linux/string.h>

static noinline void greet(const char *name, size_t length)
{
	char copy[length];

	for (size_t i = 0; i < length; i++)
		copy[i] = name[i];
	OPTIMIZER_HIDE_VAR(length);
	copy[length] = '\0';
	pr_info("hello %.7s\n", copy);
}

static int __init alloca_oob_init(void)
{
	const char *name = "penguin";

	greet(name, strlen(name));
	return 0;
}

module_init(alloca_oob_init);
MODULE_LICENSE("GPL");
