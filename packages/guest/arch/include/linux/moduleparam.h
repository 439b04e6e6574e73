/* SPDX-License-Identifier: MIT */
/* The tree's, but for parameters' descriptors: the loader finds them by their names, not in a section. */
#include_next <linux/moduleparam.h>

#ifndef _KASAN_LINUX_MODULEPARAM_H
#define _KASAN_LINUX_MODULEPARAM_H

#undef __module_param_call
#define __module_param_call(prefix, name, ops, arg, perm, level, flags) \
	static const char __param_str_##name[] = prefix #name; \
	const struct kernel_param __kasan_kernel_param_##name __used = { __param_str_##name, THIS_MODULE, ops, \
									  VERIFY_OCTAL_PERMISSIONS(perm), level, \
									  flags, { arg } }

#endif
