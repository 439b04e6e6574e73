/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KASAN_CHECKS_H
#define _LINUX_KASAN_CHECKS_H

#include <linux/types.h>

/* The checks that compilers insert, for accesses that they do not see. False: a bug was reported. */
bool __kasan_check_read(const volatile void *p, unsigned int size);
bool __kasan_check_write(const volatile void *p, unsigned int size);

/* With hardware tags, the processor sees all accesses. */
#ifdef CONFIG_KASAN_HW_TAGS
#define __kasan_check_read(p, size) true
#define __kasan_check_write(p, size) true
#endif

/* The same, in instrumented files. */
#ifdef __SANITIZE_ADDRESS__
#define kasan_check_read __kasan_check_read
#define kasan_check_write __kasan_check_write
#else
static inline bool kasan_check_read(const volatile void *p, unsigned int size)
{
	return true;
}
static inline bool kasan_check_write(const volatile void *p, unsigned int size)
{
	return true;
}
#endif

#endif
