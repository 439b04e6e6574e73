/* SPDX-License-Identifier: MIT */
/* user-memory-access: a pointer from user space is followed; copy_from_user() was needed. */
#include <linux/module.h>

static noinline int handle_ioctl(unsigned long argument)
{
	int *value = (int *)argument;

	return *value;
}

static int __init user_init(void)
{
	/* Where a program's memory may be. */
	pr_info("value: %d\n", handle_ioctl(0x7f0012345678));
	return 0;
}

module_init(user_init);
MODULE_LICENSE("GPL");
