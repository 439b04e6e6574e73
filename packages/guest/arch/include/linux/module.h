/* SPDX-License-Identifier: MIT */
/* The tree's, but for init and exit functions: the loader finds them by their names, of which a module can have several. */
#include_next <linux/module.h>

#ifndef _KASAN_LINUX_MODULE_H
#define _KASAN_LINUX_MODULE_H

#ifdef MODULE
#undef module_init
#define module_init(fn) __kasan_alias(__kasan_init_, fn);
/* What only a part of the kernel can have. */
#define early_initcall(fn) module_init(fn)
#undef module_exit
#define module_exit(fn) __kasan_alias(__kasan_exit_, fn);
#endif

#endif
