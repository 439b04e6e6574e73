/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MATH_H
#define _LINUX_MATH_H

#include <linux/types.h>

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_DOWN_ULL(ll, d) ((unsigned long long)(ll) / (d))
#define DIV_ROUND_UP_ULL(ll, d) (((unsigned long long)(ll) + (d) - 1) / (d))
#define DIV_ROUND_UP_SECTOR_T(ll, d) DIV_ROUND_UP_ULL(ll, d)

/* y must be a power of two. */
#define __round_mask(x, y) ((typeof(x))((y) - 1))
#define round_up(x, y) ((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y) ((x) & ~__round_mask(x, y))

/* y may be any number. */
#define roundup(x, y) \
	({ \
		typeof(y) __multiple = (y); \
		(((x) + (__multiple - 1)) / __multiple) * __multiple; \
	})
#define rounddown(x, y) \
	({ \
		typeof(x) __rounded = (x); \
		__rounded - (__rounded % (y)); \
	})

/* Rounds to the nearest, halves away from zero. */
#define DIV_ROUND_CLOSEST(x, divisor) \
	({ \
		typeof(x) __dividend = (x); \
		typeof(divisor) __by = (divisor); \
		((__dividend > 0) == (__by > 0) || (typeof(x))-1 > 0 || (typeof(divisor))-1 > 0) \
			? (__dividend + __by / 2) / __by \
			: (__dividend - __by / 2) / __by; \
	})
#define DIV_ROUND_CLOSEST_ULL(x, divisor) \
	(((unsigned long long)(x) + (divisor) / 2) / (divisor))

#define mult_frac(x, n, d) \
	({ \
		typeof(x) __mf_x = (x); \
		typeof(n) __mf_n = (n); \
		typeof(d) __mf_d = (d); \
		(__mf_x / __mf_d) * __mf_n + (__mf_x % __mf_d) * __mf_n / __mf_d; \
	})

#define abs(x) \
	({ \
		__auto_type __abs = (x) + 0; \
		__abs < 0 ? -__abs : __abs; \
	})
#define abs_diff(a, b) \
	({ \
		__auto_type __ad_a = (a); \
		__auto_type __ad_b = (b); \
		__ad_a > __ad_b ? __ad_a - __ad_b : __ad_b - __ad_a; \
	})

static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return (u32)(((u64)val * ep_ro) >> 32);
}

unsigned long int_sqrt(unsigned long x);
u32 int_sqrt64(u64 x);
u64 int_pow(u64 base, unsigned int exp);
unsigned long gcd(unsigned long a, unsigned long b);
unsigned long lcm(unsigned long a, unsigned long b);

#endif
