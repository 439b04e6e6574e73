/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_UACCESS_H__
#define __LINUX_UACCESS_H__

#include <linux/errno.h>
#include <linux/instrumented.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

/*
 * A minimal user space: vm_mmap() of anonymous memory provides its pages.
 * Functions return the number of bytes not copied, as in the kernel.
 */
bool access_ok(const void __user *addr, unsigned long size);
/* Returns the number of bytes copied. */
unsigned long kasan_guest_copy_user(void *to, const void *from, unsigned long n);
unsigned long _copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long _copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long clear_user(void __user *to, unsigned long n);
long strncpy_from_user(char *dst, const char __user *src, long count);
long strnlen_user(const char __user *str, long n);

/* arm64 copies in the caller, which its reports name; others call _copy_from_user() and _copy_to_user(). */
#ifdef CONFIG_ARM64
#define INLINE_COPY_TO_USER
#define INLINE_COPY_FROM_USER
#endif

static __always_inline unsigned long _inline_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (!access_ok(to, n))
		return n;
	instrument_copy_to_user(to, from, n);
	return n - kasan_guest_copy_user(to, from, n);
}

static __always_inline unsigned long _inline_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long copied = 0;

	if (access_ok(from, n)) {
		instrument_copy_from_user_before(to, from, n);
		copied = kasan_guest_copy_user(to, from, n);
	}
	/* Bytes that could not be copied are cleared. */
	if (copied < n)
		memset(to + copied, 0, n - copied);
	return n - copied;
}

static __always_inline unsigned long copy_to_user(void __user *to, const void *from, unsigned long n)
{
#ifdef INLINE_COPY_TO_USER
	return _inline_copy_to_user(to, from, n);
#else
	return _copy_to_user(to, from, n);
#endif
}

static __always_inline unsigned long copy_from_user(void *to, const void __user *from, unsigned long n)
{
#ifdef INLINE_COPY_FROM_USER
	return _inline_copy_from_user(to, from, n);
#else
	return _copy_from_user(to, from, n);
#endif
}

#define __copy_to_user(to, from, n) copy_to_user(to, from, n)
#define __copy_from_user(to, from, n) copy_from_user(to, from, n)
#define __copy_to_user_inatomic(to, from, n) copy_to_user(to, from, n)
#define __copy_from_user_inatomic(to, from, n) copy_from_user(to, from, n)

#define get_user(x, ptr) \
	({ \
		typeof(*(ptr)) __got; \
		int __failed = copy_from_user(&__got, (ptr), sizeof(__got)) ? -EFAULT : 0; \
		(x) = __failed ? (typeof(x))0 : (typeof(x))__got; \
		__failed; \
	})
#define put_user(x, ptr) \
	({ \
		typeof(*(ptr)) __put = (x); \
		copy_to_user((ptr), &__put, sizeof(__put)) ? -EFAULT : 0; \
	})
#define __get_user(x, ptr) get_user(x, ptr)
#define __put_user(x, ptr) put_user(x, ptr)

int check_zeroed_user(const void __user *from, size_t size);

/* Copies a structure that may be older or newer than this kernel's: the members missing on one side are, or must be, zero. */
static __always_inline __must_check int copy_struct_from_user(void *dst, size_t ksize, const void __user *src,
							      size_t usize)
{
	size_t both = min(ksize, usize);

	if (usize < ksize) {
		memset(dst + both, 0, ksize - both);
	} else if (usize > ksize) {
		int zeroed = check_zeroed_user(src + both, usize - both);

		if (zeroed <= 0)
			return zeroed ?: -E2BIG;
	}
	return copy_from_user(dst, src, both) ? -EFAULT : 0;
}

static inline void pagefault_disable(void)
{
}

static inline void pagefault_enable(void)
{
}

#endif
