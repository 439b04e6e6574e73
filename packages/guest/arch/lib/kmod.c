/* SPDX-License-Identifier: MIT */
/* Modules that a kernel asks user space for: there are none. */
#include <linux/errno.h>
#include <linux/kmod.h>

#ifdef CONFIG_MODULES
int __request_module(bool wait, const char *name, ...)
{
	return -ENOENT;
}
#endif
