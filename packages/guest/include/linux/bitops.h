/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H

#include <kasan/unchecked.h>
#include <linux/bits.h>
#include <linux/instrumented.h>
#include <linux/types.h>

/* Checked as one word and otherwise in assembly, as in instrumented kernels. Atomic: */
static __always_inline void set_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_fetch_or64(addr + BIT_WORD(nr), BIT_MASK(nr));
}

static __always_inline void clear_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_fetch_and64(addr + BIT_WORD(nr), ~BIT_MASK(nr));
}

static __always_inline void change_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_fetch_xor64(addr + BIT_WORD(nr), BIT_MASK(nr));
}

static __always_inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_read_write(addr + BIT_WORD(nr), sizeof(long));
	return unchecked_fetch_or64(addr + BIT_WORD(nr), BIT_MASK(nr)) & BIT_MASK(nr);
}

static __always_inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_read_write(addr + BIT_WORD(nr), sizeof(long));
	return unchecked_fetch_and64(addr + BIT_WORD(nr), ~BIT_MASK(nr)) & BIT_MASK(nr);
}

static __always_inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	instrument_atomic_read_write(addr + BIT_WORD(nr), sizeof(long));
	return unchecked_fetch_xor64(addr + BIT_WORD(nr), BIT_MASK(nr)) & BIT_MASK(nr);
}

static __always_inline bool test_and_set_bit_lock(long nr, volatile unsigned long *addr)
{
	return test_and_set_bit(nr, addr);
}

static __always_inline void clear_bit_unlock(long nr, volatile unsigned long *addr)
{
	clear_bit(nr, addr);
}

/* Flips the bits of mask, except bit 7, in the lowest byte; returns bit 7. */
static __always_inline bool xor_unlock_is_negative_byte(unsigned long mask, volatile unsigned long *addr)
{
	instrument_atomic_write(addr, sizeof(long));
	return unchecked_fetch_xor64(addr, mask) & BIT(7);
}

static __always_inline bool clear_bit_unlock_is_negative_byte(long nr, volatile unsigned long *addr)
{
	return xor_unlock_is_negative_byte(BIT(nr), addr);
}

/* Not atomic: */
static __always_inline void ___set_bit(unsigned long nr, volatile unsigned long *addr)
{
	instrument_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_store64(addr + BIT_WORD(nr), unchecked_load64(addr + BIT_WORD(nr)) | BIT_MASK(nr));
}

static __always_inline void ___clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	instrument_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_store64(addr + BIT_WORD(nr), unchecked_load64(addr + BIT_WORD(nr)) & ~BIT_MASK(nr));
}

static __always_inline void ___change_bit(unsigned long nr, volatile unsigned long *addr)
{
	instrument_write(addr + BIT_WORD(nr), sizeof(long));
	unchecked_store64(addr + BIT_WORD(nr), unchecked_load64(addr + BIT_WORD(nr)) ^ BIT_MASK(nr));
}

static __always_inline bool _test_bit(unsigned long nr, const volatile unsigned long *addr)
{
	instrument_atomic_read(addr + BIT_WORD(nr), sizeof(long));
	/* For a constant bit the kernel reads the word in C, where the compiler checks it again. */
	return (__builtin_constant_p(nr) ? addr[BIT_WORD(nr)] : unchecked_load64(addr + BIT_WORD(nr))) & BIT_MASK(nr);
}

static __always_inline bool test_bit_acquire(unsigned long nr, const volatile unsigned long *addr)
{
	return _test_bit(nr, addr);
}

static __always_inline bool __test_and_set_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long word;

	instrument_read_write(addr + BIT_WORD(nr), sizeof(long));
	word = unchecked_load64(addr + BIT_WORD(nr));
	unchecked_store64(addr + BIT_WORD(nr), word | BIT_MASK(nr));
	return word & BIT_MASK(nr);
}

static __always_inline bool __test_and_clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long word;

	instrument_read_write(addr + BIT_WORD(nr), sizeof(long));
	word = unchecked_load64(addr + BIT_WORD(nr));
	unchecked_store64(addr + BIT_WORD(nr), word & ~BIT_MASK(nr));
	return word & BIT_MASK(nr);
}

static __always_inline bool __test_and_change_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long word;

	instrument_read_write(addr + BIT_WORD(nr), sizeof(long));
	word = unchecked_load64(addr + BIT_WORD(nr));
	unchecked_store64(addr + BIT_WORD(nr), word ^ BIT_MASK(nr));
	return word & BIT_MASK(nr);
}

/* If the compiler knows the bit and the word, it computes the result. */
#define __bitop_const(nr, addr) \
	(__builtin_constant_p(nr) && __builtin_constant_p((unsigned long)(addr) != 0) && (unsigned long)(addr) != 0 && \
	 __builtin_constant_p(*(const unsigned long *)(addr)))
#define __bitop_update(op, name, nr, addr) \
	(__bitop_const(nr, addr) ? (void)(((unsigned long *)(addr))[BIT_WORD(nr)] op BIT_MASK(nr)) : name(nr, addr))
#define __set_bit(nr, addr) __bitop_update(|=, ___set_bit, nr, addr)
#define __clear_bit(nr, addr) __bitop_update(&= ~, ___clear_bit, nr, addr)
#define __change_bit(nr, addr) __bitop_update(^=, ___change_bit, nr, addr)
#define test_bit(nr, addr) \
	(__bitop_const(nr, addr) ? !!(((const unsigned long *)(addr))[BIT_WORD(nr)] & BIT_MASK(nr)) : _test_bit(nr, addr))

static __always_inline void __clear_bit_unlock(unsigned long nr, volatile unsigned long *addr)
{
	__clear_bit(nr, addr);
}

static __always_inline void __assign_bit(long nr, volatile unsigned long *addr, bool value)
{
	if (value)
		__set_bit(nr, addr);
	else
		__clear_bit(nr, addr);
}

static __always_inline void assign_bit(long nr, volatile unsigned long *addr, bool value)
{
	if (value)
		set_bit(nr, addr);
	else
		clear_bit(nr, addr);
}

/* Positions: from 1, 0 for none (ffs, fls); from 0, undefined for none (__ffs, __fls, ffz). */
static __always_inline int ffs(int x)
{
	return __builtin_ffs(x);
}

static __always_inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static __always_inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static __always_inline unsigned int fls_long(unsigned long x)
{
	return fls64(x);
}

static __always_inline unsigned long __ffs(unsigned long x)
{
	return __builtin_ctzl(x);
}

static __always_inline unsigned long __fls(unsigned long x)
{
	return 63 - __builtin_clzl(x);
}

static __always_inline unsigned int __ffs64(u64 x)
{
	return __builtin_ctzll(x);
}

#define ffz(x) __ffs(~(x))

static __always_inline unsigned int hweight8(unsigned int w)
{
	return __builtin_popcount(w & 0xff);
}

static __always_inline unsigned int hweight16(unsigned int w)
{
	return __builtin_popcount(w & 0xffff);
}

static __always_inline unsigned int hweight32(unsigned int w)
{
	return __builtin_popcount(w);
}

static __always_inline unsigned long hweight64(u64 w)
{
	return __builtin_popcountll(w);
}

#define hweight_long(w) hweight64(w)

static inline u64 rol64(u64 word, unsigned int shift)
{
	return (word << (shift & 63)) | (word >> (-shift & 63));
}

static inline u64 ror64(u64 word, unsigned int shift)
{
	return (word >> (shift & 63)) | (word << (-shift & 63));
}

static inline u32 rol32(u32 word, unsigned int shift)
{
	return (word << (shift & 31)) | (word >> (-shift & 31));
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return (word >> (shift & 31)) | (word << (-shift & 31));
}

static inline u16 rol16(u16 word, unsigned int shift)
{
	return (word << (shift & 15)) | (word >> (-shift & 15));
}

static inline u8 rol8(u8 word, unsigned int shift)
{
	return (word << (shift & 7)) | (word >> (-shift & 7));
}

static __always_inline s32 sign_extend32(u32 value, int index)
{
	u8 shift = 31 - index;

	return (s32)(value << shift) >> shift;
}

static __always_inline s64 sign_extend64(u64 value, int index)
{
	u8 shift = 63 - index;

	return (s64)(value << shift) >> shift;
}

static inline int get_count_order(unsigned int count)
{
	return count ? fls(count - 1) : -1;
}

static inline int get_count_order_long(unsigned long l)
{
	return l ? fls_long(l - 1) : -1;
}

/* The n-th set bit of a word, counted from 0; 64 if there is none. */
static __always_inline unsigned long fns(unsigned long word, unsigned int n)
{
	while (word && n--)
		word &= word - 1;
	return word ? __ffs(word) : BITS_PER_LONG;
}

static inline int get_bitmask_order(unsigned int count)
{
	return fls(count);
}

#define __ptr_set_bit(nr, addr) __set_bit(nr, (unsigned long *)(addr))
#define __ptr_clear_bit(nr, addr) __clear_bit(nr, (unsigned long *)(addr))
#define __ptr_test_bit(nr, addr) test_bit(nr, (unsigned long *)(addr))

#define set_mask_bits(ptr, mask, bits) \
	({ \
		typeof(*(ptr)) __mask_old = READ_ONCE(*(ptr)), __mask_new; \
		do { \
			__mask_new = (__mask_old & ~(mask)) | (bits); \
		} while (!__atomic_compare_exchange_n((ptr), &__mask_old, __mask_new, false, __ATOMIC_SEQ_CST, \
						      __ATOMIC_SEQ_CST)); \
		__mask_old; \
	})

#include <linux/find.h>

#endif
