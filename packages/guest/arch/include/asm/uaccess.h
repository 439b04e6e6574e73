/* SPDX-License-Identifier: MIT */
#ifndef _ASM_UACCESS_H
#define _ASM_UACCESS_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/extable.h>

unsigned long kasan_guest_copy_user(void *to, const void *from, unsigned long n);

/* Functions return the number of bytes that they did not copy. */
static inline __must_check unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	return n - kasan_guest_copy_user(to, (__force const void *)from, n);
}

static inline __must_check unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	return n - kasan_guest_copy_user((__force void *)to, from, n);
}

unsigned long __clear_user(void __user *to, unsigned long n);

/* Before 5.18, architectures defined this. */
#if __has_include(<asm-generic/access_ok.h>)
#include <asm-generic/access_ok.h>
#else
#include <asm/processor.h>
#define access_ok(from, n) ((n) <= TASK_SIZE_MAX && (unsigned long)(from) <= TASK_SIZE_MAX - (n))
#endif

#define clear_user(to, n) (access_ok((to), (n)) ? __clear_user((to), (n)) : (n))

#define __get_user(x, ptr) \
	({ \
		__typeof__(*(ptr)) __got; \
		int __failed = raw_copy_from_user((void *)&__got, (ptr), sizeof(__got)) ? -EFAULT : 0; \
		(x) = __failed ? (__typeof__(*(ptr)))0 : __got; \
		__failed; \
	})
#define __put_user(x, ptr) \
	({ \
		__typeof__(*(ptr)) __put = (x); \
		raw_copy_to_user((ptr), &__put, sizeof(__put)) ? -EFAULT : 0; \
	})
#define get_user(x, ptr) \
	({ \
		const __typeof__(*(ptr)) __user *__get_ptr = (ptr); \
		access_ok(__get_ptr, sizeof(*__get_ptr)) ? __get_user((x), __get_ptr) : \
							   ((x) = (__typeof__(*(ptr)))0, -EFAULT); \
	})
#define put_user(x, ptr) \
	({ \
		__typeof__(*(ptr)) __user *__put_ptr = (ptr); \
		access_ok(__put_ptr, sizeof(*__put_ptr)) ? __put_user((x), __put_ptr) : -EFAULT; \
	})

/* Reads and writes of kernel memory that may fault. */
#define HAVE_GET_KERNEL_NOFAULT
#define __get_kernel_nofault(dst, src, type, label) \
	do { \
		if (kasan_guest_copy_user((dst), (src), sizeof(type)) != sizeof(type)) \
			goto label; \
	} while (0)
#define __put_kernel_nofault(dst, src, type, label) __get_kernel_nofault(dst, src, type, label)

long strncpy_from_user(char *dst, const char __user *src, long count);
long strnlen_user(const char __user *str, long n);

#endif
