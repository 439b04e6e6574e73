/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_COMPILER_ATTRIBUTES_H
#define __LINUX_COMPILER_ATTRIBUTES_H

#define __alias(symbol) __attribute__((__alias__(#symbol)))
#define __aligned(x) __attribute__((__aligned__(x)))
#define __aligned_largest __attribute__((__aligned__))
#define __always_unused __attribute__((__unused__))
#define __attribute_const__ __attribute__((__const__))
#define __cleanup(func) __attribute__((__cleanup__(func)))
#define __cold __attribute__((__cold__))
#define __compiletime_error(msg)
#define __compiletime_warning(msg)
#define __copy(symbol)
#define __deprecated
#define __designated_init
#define __diagnose_as(...)
#define __flatten __attribute__((__flatten__))
#define __gnu_inline __attribute__((__gnu_inline__))
#define __mode(x) __attribute__((__mode__(x)))
#define __must_check __attribute__((__warn_unused_result__))
#define __maybe_unused __attribute__((__unused__))
#define __naked __attribute__((__naked__))
#define __nonstring
#define __noreturn __attribute__((__noreturn__))
#define __overloadable __attribute__((__overloadable__))
#define __packed __attribute__((__packed__))
#define __printf(a, b) __attribute__((__format__(printf, a, b)))
#define __scanf(a, b) __attribute__((__format__(scanf, a, b)))
#define __pure __attribute__((__pure__))
/* In a kernel, the compiler gives no redzone to a variable in a named section: it may be part of a table there. */
#define __section(section) __attribute__((__section__(section)))
#define __used __attribute__((__used__))
#define __always_used __used __maybe_unused
#define __uninitialized
#define __weak __attribute__((__weak__))
#define __fix_address
#define __alloc_size__(x, ...)
#define fallthrough __attribute__((__fallthrough__))
#define noinline __attribute__((__noinline__))

/*
 * Compilers use attributes of allocators to remove "dead" accesses,
 * and with them the bugs to be found. So these are empty here.
 */
#define __malloc
#define __alloc_size(x, ...)
#define __assume_aligned(a, ...)
#define __realloc_size(x, ...)
#define __nocapture(...)

#endif
