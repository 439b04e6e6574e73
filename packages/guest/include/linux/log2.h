/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_LOG2_H
#define _LINUX_LOG2_H

#include <linux/bits.h>
#include <linux/types.h>

/* For 0 the result is undefined, as in the kernel. Constant for constants. */
#define ilog2(n) \
	(__builtin_constant_p(n) ? ((n) < 2 ? 0 : 63 - __builtin_clzll(n)) : __ilog2(n))
#define const_ilog2(n) ((n) < 2 ? 0 : 63 - __builtin_clzll(n))

static __always_inline int __ilog2(u64 n)
{
	return n ? 63 - __builtin_clzll(n) : -1;
}

static __always_inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static __always_inline unsigned long __roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (64 - __builtin_clzl(n - 1));
}

static __always_inline unsigned long __rounddown_pow_of_two(unsigned long n)
{
	return 1UL << (63 - __builtin_clzl(n));
}

#define roundup_pow_of_two(n) \
	(__builtin_constant_p(n) ? ((n) <= 1 ? 1UL : 1UL << (64 - __builtin_clzl((n) - 1))) : __roundup_pow_of_two(n))
#define rounddown_pow_of_two(n) \
	(__builtin_constant_p(n) ? (1UL << (63 - __builtin_clzl(n))) : __rounddown_pow_of_two(n))
#define order_base_2(n) ((n) > 1 ? __ilog2((n) - 1) + 1 : 0)
#define bits_per(n) ((n) > 1 ? __ilog2(n) + 1 : 1)

#endif
