// SPDX-License-Identifier: MIT
// A module that does nothing, for files that have nothing to run themselves: they are compiled and loaded.
#include <linux/module.h>

static int __init empty_init(void)
{
	return 0;
}
module_init(empty_init);
MODULE_LICENSE("Dual MIT/GPL");
