/* SPDX-License-Identifier: MIT */
/* The tree's, but for initcalls: the loader finds them by their names, which have their level, not in sections. */
#include_next <linux/init.h>

#ifndef _KASAN_LINUX_INIT_H
#define _KASAN_LINUX_INIT_H

#define __kasan_alias(prefix, fn) \
	extern typeof(fn) __PASTE(__PASTE(prefix, KASAN_GUEST_UNIT), _##fn) __attribute__((__alias__(#fn)))

#undef __define_initcall
#define __define_initcall(fn, id) __kasan_alias(__kasan_initcall_##id##_, fn);
#undef console_initcall
#define console_initcall(fn) __kasan_alias(__kasan_initcall_0_, fn);

/* Nothing is discarded after boot, and KASAN gives variables of other sections no redzones. */
#undef __init
#define __init __cold
#undef __exit
#define __exit __cold

#endif
