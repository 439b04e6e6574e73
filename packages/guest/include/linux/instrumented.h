/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_INSTRUMENTED_H
#define _LINUX_INSTRUMENTED_H

#include <linux/compiler.h>
#include <linux/kasan-checks.h>

/* Checks for accesses that the compiler does not instrument, such as a kernel's atomic ones. */
static __always_inline void instrument_read(const volatile void *v, size_t size)
{
	kasan_check_read(v, size);
}

static __always_inline void instrument_write(const volatile void *v, size_t size)
{
	kasan_check_write(v, size);
}

static __always_inline void instrument_read_write(const volatile void *v, size_t size)
{
	kasan_check_write(v, size);
}

static __always_inline void instrument_atomic_read(const volatile void *v, size_t size)
{
	kasan_check_read(v, size);
}

static __always_inline void instrument_atomic_write(const volatile void *v, size_t size)
{
	kasan_check_write(v, size);
}

static __always_inline void instrument_atomic_read_write(const volatile void *v, size_t size)
{
	kasan_check_write(v, size);
}

static __always_inline void instrument_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	kasan_check_read(from, n);
}

static __always_inline void instrument_copy_from_user_before(const void *to, const void __user *from, unsigned long n)
{
	kasan_check_write(to, n);
}

static __always_inline void instrument_copy_from_user_after(const void *to, const void __user *from, unsigned long n,
							    unsigned long left)
{
}

static __always_inline void instrument_memcpy_before(void *to, const void *from, unsigned long n)
{
	kasan_check_write(to, n);
	kasan_check_read(from, n);
}

#endif
