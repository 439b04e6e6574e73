/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MATH64_H
#define _LINUX_MATH64_H

#include <asm/div64.h>
#include <linux/compiler.h>
#include <linux/math.h>
#include <linux/types.h>

#define div64_long(x, y) div64_s64((x), (y))
#define div64_ul(x, y) div64_u64((x), (y))

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline s64 div_s64_rem(s64 dividend, s32 divisor, s32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline s64 div64_s64(s64 dividend, s64 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64(s64 dividend, s32 divisor)
{
	return dividend / divisor;
}

static inline u64 mul_u32_u32(u32 a, u32 b)
{
	return (u64)a * b;
}

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (u64)(((u128)a * mul) >> shift);
}

static inline u64 mul_u64_u64_shr(u64 a, u64 mul, unsigned int shift)
{
	return (u64)(((u128)a * mul) >> shift);
}

/* Division by repeated subtraction, for small quotients. */
static __always_inline u32 __iter_div_u64_rem(u64 dividend, u32 divisor, u64 *remainder)
{
	u32 quotient = 0;

	for (; dividend >= divisor; dividend -= divisor) {
		OPTIMIZER_HIDE_VAR(dividend);
		quotient++;
	}
	*remainder = dividend;
	return quotient;
}

u32 iter_div_u64_rem(u64 dividend, u32 divisor, u64 *remainder);
u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div);

static inline u64 mul_s64_u64_shr(s64 a, u64 b, unsigned int shift)
{
	u64 shifted = mul_u64_u64_shr(a < 0 ? -a : a, b, shift);

	return a < 0 ? -shifted : shifted;
}

static inline u64 mul_u64_u32_div(u64 a, u32 mul, u32 divisor)
{
	return (u64)((u128)a * mul / divisor);
}

#define DIV64_U64_ROUND_UP(ll, d) \
	({ \
		u64 __up = (d); \
		div64_u64((ll) + __up - 1, __up); \
	})
#define DIV_U64_ROUND_UP(ll, d) DIV64_U64_ROUND_UP(ll, (u32)(d))
#define DIV64_U64_ROUND_CLOSEST(dividend, divisor) \
	({ \
		u64 __by64 = (divisor); \
		div64_u64((u64)(dividend) + __by64 / 2, __by64); \
	})
#define DIV_S64_ROUND_CLOSEST(dividend, divisor) \
	({ \
		s64 __of = (dividend); \
		s32 __by = (divisor); \
		div_s64((__of > 0) == (__by > 0) ? __of + __by / 2 : __of - __by / 2, __by); \
	})
#define DIV_U64_ROUND_CLOSEST(dividend, divisor) \
	({ \
		u32 __by32 = (divisor); \
		div_u64((u64)(dividend) + __by32 / 2, __by32); \
	})

#endif
