/* SPDX-License-Identifier: MIT */
/* What the modules here have in common: a function of checks, which is the module's init function. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Ends the function with an error, and says what is not so. */
#define CHECK(condition)                                                \
	do {                                                            \
		if (!(condition)) {                                     \
			pr_err("line %d: %s: not so\n", __LINE__, #condition); \
			return -EINVAL;                                 \
		}                                                       \
	} while (0)

/* Bytes in memory that ends where they do: a read beyond them is found. */
#define BYTES(...) \
	kmemdup((u8[]){ __VA_ARGS__ }, sizeof((u8[]){ __VA_ARGS__ }), GFP_KERNEL)

#define CHECKS(function)      \
	module_init(function); \
	MODULE_LICENSE("Dual MIT/GPL")
