/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_BITS_H
#define __LINUX_BITS_H

#include <linux/compiler.h>
#include <linux/const.h>

#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BITS_PER_LONG_LONG 64
#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
#define BITS_TO_LONGS(bits) (((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BITS_TO_U32(bits) (((bits) + 31) / 32)
#define BITS_TO_U64(bits) BITS_TO_LONGS(bits)
#define BITS_TO_BYTES(bits) (((bits) + 7) / 8)

#define BIT(nr) (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)
#define BIT_ULL_MASK(nr) (1ULL << ((nr) % BITS_PER_LONG_LONG))
#define BIT_ULL_WORD(nr) ((nr) / BITS_PER_LONG_LONG)

/* 0; constants in the wrong order are a compile error. */
#define GENMASK_INPUT_CHECK(h, l) \
	(0 * sizeof(struct { \
		int : -!!__builtin_choose_expr(__is_constexpr((l) > (h)), (l) > (h), 0); \
	}))

/* Bits h down to l, inclusive. */
#define __GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define __GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (BITS_PER_LONG_LONG - 1 - (h))))
#define GENMASK(h, l) (GENMASK_INPUT_CHECK(h, l) + __GENMASK(h, l))
#define GENMASK_ULL(h, l) (GENMASK_INPUT_CHECK(h, l) + __GENMASK_ULL(h, l))
#define __GENMASK_U128(h, l) (((~(unsigned __int128)0) << (l)) & ((~(unsigned __int128)0) >> (127 - (h))))
#define GENMASK_U128(h, l) (GENMASK_INPUT_CHECK(h, l) + __GENMASK_U128(h, l))
#define BIT_U128(nr) ((unsigned __int128)1 << (nr))

#endif
