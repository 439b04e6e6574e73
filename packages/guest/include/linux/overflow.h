/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_OVERFLOW_H
#define __LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/const.h>
#include <linux/limits.h>

#define is_non_negative(a) ((a) > 0 || (a) == 0)
#define is_negative(a) (!(is_non_negative(a)))

static inline bool __must_check __must_check_overflow(bool overflow)
{
	return unlikely(overflow);
}

/* True if the result does not fit *d, which then holds its low bits. */
#define check_add_overflow(a, b, d) __must_check_overflow(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) __must_check_overflow(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) __must_check_overflow(__builtin_mul_overflow(a, b, d))

#define wrapping_add(type, a, b) ({ type __w; (void)__builtin_add_overflow(a, b, &__w); __w; })
#define wrapping_sub(type, a, b) ({ type __w; (void)__builtin_sub_overflow(a, b, &__w); __w; })
#define wrapping_mul(type, a, b) ({ type __w; (void)__builtin_mul_overflow(a, b, &__w); __w; })
#define wrapping_assign_add(var, offset) ((var) = wrapping_add(typeof(var), var, offset))
#define wrapping_assign_sub(var, offset) ((var) = wrapping_sub(typeof(var), var, offset))

#define check_shl_overflow(a, s, d) \
	__must_check_overflow(({ \
		typeof(a) __shl_a = (a); \
		typeof(s) __shl_s = (s); \
		typeof(d) __shl_d = (d); \
		int __shl_by = is_non_negative(__shl_s) && __shl_s < 8 * sizeof(*__shl_d) ? __shl_s : 0; \
		*__shl_d = (u64)__shl_a << __shl_by; \
		__shl_by != __shl_s || is_negative(*__shl_d) || is_negative(__shl_a) || \
			(*__shl_d >> __shl_by) != __shl_a; \
	}))

#define overflows_type(n, T) ({ typeof(T) __fits; __builtin_add_overflow(n, 0, &__fits); })
#define castable_to_type(n, T) (!overflows_type(n, T))

/* As check_mul_overflow(), which for 64 bits calls a function that multiplies to 128; with a constant, no division is left. */
static __always_inline bool __must_check __size_mul_overflow(size_t a, size_t b, size_t *d)
{
	*d = a * b;
	return unlikely(b != 0 && a > SIZE_MAX / b);
}

/* Sizes that saturate: an overflow asks for more than any allocator has. */
static inline size_t __must_check size_mul(size_t factor1, size_t factor2)
{
	size_t bytes;

	return __size_mul_overflow(factor1, factor2, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t __must_check size_add(size_t addend1, size_t addend2)
{
	size_t bytes;

	return check_add_overflow(addend1, addend2, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t __must_check size_sub(size_t minuend, size_t subtrahend)
{
	size_t bytes;

	if (minuend == SIZE_MAX || subtrahend == SIZE_MAX || check_sub_overflow(minuend, subtrahend, &bytes))
		return SIZE_MAX;
	return bytes;
}

#define array_size(a, b) size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)
#define flex_array_size(p, member, count) \
	size_mul(count, sizeof(*(p)->member) + __must_be_array((p)->member))
#define struct_size(p, member, count) \
	size_add(sizeof(*(p)), flex_array_size(p, member, count))
#define struct_size_t(type, member, count) \
	struct_size((type *)NULL, member, count)

#endif
