/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_OVERFLOW_H
#define __LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/const.h>
#include <linux/limits.h>

#define __type_half_max(type) ((type)1 << (8 * sizeof(type) - 1 - is_signed_type(type)))
#define __type_max(T) ((T)((__type_half_max(T) - 1) + __type_half_max(T)))
#define type_max(t) __type_max(typeof(t))
#define __type_min(T) ((T)((T)-type_max(T) - (T)1))
#define type_min(t) __type_min(typeof(t))

#define is_non_negative(a) ((a) > 0 || (a) == 0)
#define is_negative(a) (!(is_non_negative(a)))

static inline bool __must_check __must_check_overflow(bool overflow)
{
	return unlikely(overflow);
}

/* True if the result does not fit in *d, which then holds its low bits. */
#define check_add_overflow(a, b, d) __must_check_overflow(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) __must_check_overflow(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) __must_check_overflow(__builtin_mul_overflow(a, b, d))

#define wrapping_add(type, a, b) ({ type __w; (void)__builtin_add_overflow(a, b, &__w); __w; })
#define wrapping_sub(type, a, b) ({ type __w; (void)__builtin_sub_overflow(a, b, &__w); __w; })
#define wrapping_mul(type, a, b) ({ type __w; (void)__builtin_mul_overflow(a, b, &__w); __w; })
#define wrapping_assign_add(var, offset) \
	({ \
		typeof(var) *__assigned = &(var); \
		*__assigned = wrapping_add(typeof(var), *__assigned, offset); \
	})
#define wrapping_assign_sub(var, offset) \
	({ \
		typeof(var) *__assigned = &(var); \
		*__assigned = wrapping_sub(typeof(var), *__assigned, offset); \
	})

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

/* Whether a type cannot hold a number; constant for a constant. */
#define __overflows_type_constexpr(x, T) \
	(is_unsigned_type(typeof(x)) ? (x) > type_max(T) \
	 : is_unsigned_type(typeof(T)) ? (x) < 0 || (x) > type_max(T) \
				       : (x) < type_min(T) || (x) > type_max(T))
#define __overflows_type(x, T) \
	({ \
		typeof(T) __fits = 0; \
		check_add_overflow((x), __fits, &__fits); \
	})
#define overflows_type(n, T) \
	__builtin_choose_expr(__is_constexpr(n), __overflows_type_constexpr(n, T), __overflows_type(n, T))
/* For a constant, whether it fits; for anything else, whether the types are the same. */
#define castable_to_type(n, T) \
	__builtin_choose_expr(__is_constexpr(n), !__overflows_type_constexpr(n, T), __same_type(n, T))

/* Whether a range extends past max, or starts there. */
#define range_overflows(start, size, max) \
	({ \
		typeof(start) __range_start = (start); \
		typeof(size) __range_size = (size); \
		typeof(max) __range_max = (max); \
		__range_start >= __range_max || __range_size > __range_max - __range_start; \
	})
#define range_overflows_t(type, start, size, max) range_overflows((type)(start), (type)(size), (type)(max))
#define range_end_overflows(start, size, max) \
	({ \
		typeof(start) __range_start = (start); \
		typeof(size) __range_size = (size); \
		typeof(max) __range_max = (max); \
		__range_start > __range_max || __range_size > __range_max - __range_start; \
	})
#define range_end_overflows_t(type, start, size, max) range_end_overflows((type)(start), (type)(size), (type)(max))

/* Like check_mul_overflow(), which for 64 bits calls a 128-bit multiplication; with a constant, no division is left. */
static __always_inline bool __must_check __size_mul_overflow(size_t a, size_t b, size_t *d)
{
	*d = a * b;
	return unlikely(b != 0 && a > SIZE_MAX / b);
}

/* Saturating sizes: an overflow requests more than any allocator has. */
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
/* Constant for a constant count. */
#define flex_array_size(p, member, count) \
	__builtin_choose_expr(__is_constexpr(count), \
			      (count) * sizeof(*(p)->member) + __must_be_array((p)->member), \
			      size_mul(count, sizeof(*(p)->member) + __must_be_array((p)->member)))
#define struct_size(p, member, count) \
	__builtin_choose_expr(__is_constexpr(count), sizeof(*(p)) + flex_array_size(p, member, count), \
			      size_add(sizeof(*(p)), flex_array_size(p, member, count)))
#define struct_size_t(type, member, count) \
	struct_size((type *)NULL, member, count)

/* A structure with room for its flexible array, as a local variable; sets the counter, if there is one. */
#define __DEFINE_FLEX(type, name, member, count, init...) \
	_Static_assert(__builtin_constant_p(count), "the count is not constant"); \
	union { \
		u8 bytes[struct_size_t(type, member, count)]; \
		type obj; \
	} name##_u init; \
	type *name = (type *)&name##_u
#define DEFINE_RAW_FLEX(type, name, member, count) __DEFINE_FLEX(type, name, member, count, = {})
#define DEFINE_FLEX(type, name, member, counter, count) \
	__DEFINE_FLEX(type, name, member, count, = { .obj.counter = count })

#endif
