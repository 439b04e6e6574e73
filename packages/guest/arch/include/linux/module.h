/* SPDX-License-Identifier: MIT */
/* The tree's, but for init and exit functions, which the loader finds by their names, and for symbols asked for by name. */
#include_next <linux/module.h>

#ifndef _KASAN_LINUX_MODULE_H
#define _KASAN_LINUX_MODULE_H

/* What a module asks for by name is compiled in like what it needs: it is there from the beginning. */
#undef symbol_get
#define symbol_get(x) (&(x))
#undef symbol_put
#define symbol_put(x) do { } while (0)

#ifdef MODULE
/* As in a kernel, a function of another type does not compile. */
#define __kasan_of_module(prefix, type, fn) \
	static inline type __maybe_unused __PASTE(__kasan_typed, prefix##fn)(void) { return fn; } \
	__kasan_alias(prefix, fn)
#undef module_init
#define module_init(fn) __kasan_of_module(__kasan_init_, initcall_t, fn);
/* What only a part of the kernel can have. */
#define early_initcall(fn) module_init(fn)
#undef module_exit
#define module_exit(fn) __kasan_of_module(__kasan_exit_, exitcall_t, fn);
#endif

#endif
