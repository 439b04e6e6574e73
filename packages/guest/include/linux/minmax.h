/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MINMAX_H
#define _LINUX_MINMAX_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/const.h>
#include <linux/types.h>

#define __minmax_is_pointer(x) (__builtin_classify_type(x) == 5)
#define __minmax_signed(x) \
	__builtin_choose_expr(__minmax_is_pointer(x), 0, \
			      is_signed_type(typeof(__builtin_choose_expr(__minmax_is_pointer(x), 0, x))))
/* A non-negative constant has the same value whether signed or unsigned. */
#define __minmax_harmless(x) __builtin_choose_expr(__is_constexpr((x) + 0), (long long)(x) >= 0, 0)
/* Comparing -1 with an unsigned number is rarely intended; small types promote to int. */
#define __minmax_ok(x, y) \
	(__minmax_signed(x) == __minmax_signed(y) || __minmax_signed((x) + 0) == __minmax_signed((y) + 0) || \
	 __minmax_harmless(x) || __minmax_harmless(y))

#define __minmax_compare(op, x, y) ((x) op (y) ? (x) : (y))
#define __minmax_once(op, x, y, a, b) \
	({ \
		__auto_type a = (x); \
		__auto_type b = (y); \
		_Static_assert(__minmax_ok(x, y), "min or max of signed and unsigned; use min_t or max_t"); \
		__minmax_compare(op, a, b); \
	})
#define __minmax_typed(op, type, x, y, a, b) \
	({ \
		type a = (x); \
		type b = (y); \
		__minmax_compare(op, a, b); \
	})

#define min(x, y) __minmax_once(<, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define max(x, y) __minmax_once(>, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define min_t(type, x, y) __minmax_typed(<, type, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define max_t(type, x, y) __minmax_typed(>, type, x, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_))
#define umin(x, y) min_t(u64, x, y)
#define umax(x, y) max_t(u64, x, y)
#define min3(x, y, z) min(min(x, y), z)
#define max3(x, y, z) max(max(x, y), z)

/* The smaller non-zero value; 0 only if both are 0. */
#define min_not_zero(x, y) \
	({ \
		typeof(x) __mnz_x = (x); \
		typeof(y) __mnz_y = (y); \
		__mnz_x == 0 ? __mnz_y : __mnz_y == 0 ? __mnz_x : min(__mnz_x, __mnz_y); \
	})

#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(typeof(val), val, lo, hi)
#define clamp(val, lo, hi) min((typeof(val))max(val, lo), hi)
#define in_range(val, start, len) ((u64)(val) - (u64)(start) < (u64)(len))

/* Constant expressions. */
#define MIN(a, b) __minmax_compare(<, a, b)
#define MAX(a, b) __minmax_compare(>, a, b)
#define MIN_T(type, a, b) __minmax_compare(<, (type)(a), (type)(b))
#define MAX_T(type, a, b) __minmax_compare(>, (type)(a), (type)(b))

#define swap(a, b) \
	do { \
		typeof(a) __swap = (a); \
		(a) = (b); \
		(b) = __swap; \
	} while (0)

#endif
