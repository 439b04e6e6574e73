/* SPDX-License-Identifier: MIT */
#ifndef _CHECKSUM_H
#define _CHECKSUM_H

#include <asm/byteorder.h>
#include <asm/checksum.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* Ones' complement sums with end-around carry. */
#define CSUM_MANGLED_0 ((__sum16)0xffff)

static __always_inline __wsum csum_add(__wsum csum, __wsum addend)
{
	u32 sum = csum + addend;

	return sum + (sum < addend);
}

static __always_inline __wsum csum_sub(__wsum csum, __wsum addend)
{
	return csum_add(csum, ~addend);
}

static __always_inline __sum16 csum16_add(__sum16 csum, __be16 addend)
{
	u16 sum = csum + addend;

	return sum + (sum < addend);
}

static __always_inline __sum16 csum16_sub(__sum16 csum, __be16 addend)
{
	return csum16_add(csum, ~addend);
}

/* Swaps the bytes of data that start at an odd offset. */
static __always_inline __wsum csum_shift(__wsum sum, int offset)
{
	return offset & 1 ? ror32(sum, 8) : sum;
}

static __always_inline __wsum csum_block_add(__wsum csum, __wsum csum2, int offset)
{
	return csum_add(csum, csum_shift(csum2, offset));
}

static __always_inline __wsum csum_block_sub(__wsum csum, __wsum csum2, int offset)
{
	return csum_block_add(csum, ~csum2, offset);
}

static __always_inline __wsum csum_unfold(__sum16 n)
{
	return n;
}

static __always_inline __wsum csum_partial_copy_nocheck(const void *src, void *dst, int len)
{
	memcpy(dst, src, len);
	return csum_partial(dst, len, 0);
}

static __always_inline __wsum csum_and_copy_from_user(const void __user *src, void *dst, int len)
{
	return copy_from_user(dst, src, len) ? 0 : csum_partial(dst, len, ~0U);
}

static __always_inline __wsum csum_and_copy_to_user(const void *src, void __user *dst, int len)
{
	__wsum sum = csum_partial(src, len, ~0U);

	return copy_to_user(dst, src, len) ? 0 : sum;
}

static __always_inline void csum_replace_by_diff(__sum16 *sum, __wsum diff)
{
	*sum = csum_fold(csum_add(diff, ~csum_unfold(*sum)));
}

static __always_inline void csum_replace4(__sum16 *sum, __be32 from, __be32 to)
{
	*sum = csum_fold(csum_add(csum_sub(~csum_unfold(*sum), from), to));
}

static __always_inline void csum_replace2(__sum16 *sum, __be16 old, __be16 by)
{
	*sum = ~csum16_add(csum16_sub(~*sum, old), by);
}

static __always_inline __wsum wsum_negate(__wsum val)
{
	return -val;
}

#endif
