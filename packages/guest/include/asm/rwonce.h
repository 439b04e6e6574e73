/* SPDX-License-Identifier: MIT */
#ifndef __ASM_RWONCE_H
#define __ASM_RWONCE_H

#include <linux/compiler_types.h>
#include <linux/kasan-checks.h>

#define __READ_ONCE(x) (*(const volatile __unqual_scalar_typeof(x) *)&(x))
/* Reads a machine word. Kept short, because KUnit often checks and prints its expansion. */
#define READ_ONCE(x) (__assert_word(x), __READ_ONCE(x))
#define __assert_word(x) (void)sizeof(char[__native_word(x) ? 1 : -1])

#define __WRITE_ONCE(x, val) (*(volatile typeof(x) *)&(x) = (val))
#define WRITE_ONCE(x, val) \
	do { \
		__assert_word(x); \
		__WRITE_ONCE(x, val); \
	} while (0)

/* Reads a word without a check, for data that may be in redzones. */
static noinline __no_sanitize_address __maybe_unused unsigned long __read_once_word_nocheck(const void *addr)
{
	return *(const volatile unsigned long *)addr;
}

#define READ_ONCE_NOCHECK(x) \
	((typeof(x))__read_once_word_nocheck(&(x)))

static __no_sanitize_address __maybe_unused unsigned long read_word_at_a_time(const void *addr)
{
	kasan_check_read(addr, 1);
	return *(const unsigned long *)addr;
}

#endif
