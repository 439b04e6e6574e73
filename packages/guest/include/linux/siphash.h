/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SIPHASH_H
#define _LINUX_SIPHASH_H

#include <linux/kernel.h>
#include <linux/types.h>

/* Keyed hashing (Aumasson, Bernstein). HalfSipHash is SipHash with fewer rounds, as on all 64-bit machines. */
#define SIPHASH_ALIGNMENT __alignof__(u64)
#define HSIPHASH_ALIGNMENT __alignof__(unsigned long)

typedef struct {
	u64 key[2];
} siphash_key_t;

typedef struct {
	unsigned long key[2];
} hsiphash_key_t;

#define siphash_aligned_key_t siphash_key_t __aligned(16)

static inline bool siphash_key_is_zero(const siphash_key_t *key)
{
	return !(key->key[0] | key->key[1]);
}

u64 __siphash_aligned(const void *data, size_t len, const siphash_key_t *key);
u64 __siphash_unaligned(const void *data, size_t len, const siphash_key_t *key);
u64 siphash_1u64(const u64 a, const siphash_key_t *key);
u64 siphash_2u64(const u64 a, const u64 b, const siphash_key_t *key);
u64 siphash_3u64(const u64 a, const u64 b, const u64 c, const siphash_key_t *key);
u64 siphash_4u64(const u64 a, const u64 b, const u64 c, const u64 d, const siphash_key_t *key);
u64 siphash_1u32(const u32 a, const siphash_key_t *key);
u64 siphash_3u32(const u32 a, const u32 b, const u32 c, const siphash_key_t *key);

u32 __hsiphash_aligned(const void *data, size_t len, const hsiphash_key_t *key);
u32 __hsiphash_unaligned(const void *data, size_t len, const hsiphash_key_t *key);
u32 hsiphash_1u32(const u32 a, const hsiphash_key_t *key);
u32 hsiphash_2u32(const u32 a, const u32 b, const hsiphash_key_t *key);
u32 hsiphash_3u32(const u32 a, const u32 b, const u32 c, const hsiphash_key_t *key);
u32 hsiphash_4u32(const u32 a, const u32 b, const u32 c, const u32 d, const hsiphash_key_t *key);

static inline u64 siphash_2u32(const u32 a, const u32 b, const siphash_key_t *key)
{
	return siphash_1u64((u64)b << 32 | a, key);
}

static inline u64 siphash_4u32(const u32 a, const u32 b, const u32 c, const u32 d, const siphash_key_t *key)
{
	return siphash_2u64((u64)b << 32 | a, (u64)d << 32 | c, key);
}

static inline u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	return IS_ALIGNED((unsigned long)data, SIPHASH_ALIGNMENT) ? __siphash_aligned(data, len, key)
								  : __siphash_unaligned(data, len, key);
}

static inline u32 hsiphash(const void *data, size_t len, const hsiphash_key_t *key)
{
	return IS_ALIGNED((unsigned long)data, HSIPHASH_ALIGNMENT) ? __hsiphash_aligned(data, len, key)
								   : __hsiphash_unaligned(data, len, key);
}

/* One round over the state's four words. */
#define SIPHASH_PERMUTATION(a, b, c, d) \
	__SIPHASH_MIX(rol64, 32, 13, 16, 21, 17, a, b, c, d)
#define HSIPHASH_PERMUTATION(a, b, c, d) \
	__SIPHASH_MIX(rol32, 16, 5, 8, 7, 13, a, b, c, d)
#define __SIPHASH_MIX(rol, half, first, second, third, fourth, a, b, c, d) \
	do { \
		(a) += (b); \
		(b) = rol((b), first) ^ (a); \
		(a) = rol((a), half); \
		(c) += (d); \
		(d) = rol((d), second) ^ (c); \
		(a) += (d); \
		(d) = rol((d), third) ^ (a); \
		(c) += (b); \
		(b) = rol((b), fourth) ^ (c); \
		(c) = rol((c), half); \
	} while (0)

/* "somepseudorandomlygeneratedbytes", and half of it. */
#define SIPHASH_CONST_0 0x736f6d6570736575ULL
#define SIPHASH_CONST_1 0x646f72616e646f6dULL
#define SIPHASH_CONST_2 0x6c7967656e657261ULL
#define SIPHASH_CONST_3 0x7465646279746573ULL
#define HSIPHASH_CONST_0 0U
#define HSIPHASH_CONST_1 0U
#define HSIPHASH_CONST_2 0x6c796765U
#define HSIPHASH_CONST_3 0x74656462U

#endif
