/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_JHASH_H
#define _LINUX_JHASH_H

#include <linux/bitops.h>
#include <linux/unaligned.h>

/* Bob Jenkins's hash (lookup3, public domain) of bytes or 32-bit words. */
#define JHASH_INITVAL 0xdeadbeef
#define jhash_size(n) ((u32)1 << (n))
#define jhash_mask(n) (jhash_size(n) - 1)

#define __jhash_step(x, y, z, bits) \
	do { \
		(x) -= (z); \
		(x) ^= rol32((z), (bits)); \
		(z) += (y); \
	} while (0)
#define __jhash_mix(a, b, c) \
	do { \
		__jhash_step(a, b, c, 4); \
		__jhash_step(b, c, a, 6); \
		__jhash_step(c, a, b, 8); \
		__jhash_step(a, b, c, 16); \
		__jhash_step(b, c, a, 19); \
		__jhash_step(c, a, b, 4); \
	} while (0)
#define __jhash_end(x, y, bits) \
	do { \
		(x) ^= (y); \
		(x) -= rol32((y), (bits)); \
	} while (0)
#define __jhash_final(a, b, c) \
	do { \
		__jhash_end(c, b, 14); \
		__jhash_end(a, c, 11); \
		__jhash_end(b, a, 25); \
		__jhash_end(c, b, 16); \
		__jhash_end(a, c, 4); \
		__jhash_end(b, a, 14); \
		__jhash_end(c, b, 24); \
	} while (0)

static inline u32 jhash(const void *key, u32 length, u32 initval)
{
	const u8 *k = key;
	u32 s[3];

	s[0] = s[1] = s[2] = JHASH_INITVAL + length + initval;
	for (; length > 12; length -= 12, k += 12) {
		s[0] += get_unaligned((const u32 *)k);
		s[1] += get_unaligned((const u32 *)(k + 4));
		s[2] += get_unaligned((const u32 *)(k + 8));
		__jhash_mix(s[0], s[1], s[2]);
	}
	if (!length)
		return s[2];
	for (u32 i = 0; i < length; i++)
		s[i / 4] += (u32)k[i] << (8 * (i % 4));
	__jhash_final(s[0], s[1], s[2]);
	return s[2];
}

static inline u32 jhash2(const u32 *k, u32 length, u32 initval)
{
	u32 s[3];

	s[0] = s[1] = s[2] = JHASH_INITVAL + (length << 2) + initval;
	for (; length > 3; length -= 3, k += 3) {
		s[0] += k[0];
		s[1] += k[1];
		s[2] += k[2];
		__jhash_mix(s[0], s[1], s[2]);
	}
	if (!length)
		return s[2];
	for (u32 i = 0; i < length; i++)
		s[i] += k[i];
	__jhash_final(s[0], s[1], s[2]);
	return s[2];
}

static inline u32 __jhash_nwords(u32 a, u32 b, u32 c, u32 initval)
{
	a += initval;
	b += initval;
	c += initval;
	__jhash_final(a, b, c);
	return c;
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
	return __jhash_nwords(a, b, c, initval + JHASH_INITVAL + (3 << 2));
}

static inline u32 jhash_2words(u32 a, u32 b, u32 initval)
{
	return __jhash_nwords(a, b, 0, initval + JHASH_INITVAL + (2 << 2));
}

static inline u32 jhash_1word(u32 a, u32 initval)
{
	return __jhash_nwords(a, 0, 0, initval + JHASH_INITVAL + (1 << 2));
}

#endif
