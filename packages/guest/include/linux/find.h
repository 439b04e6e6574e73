/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_FIND_H_
#define __LINUX_FIND_H_

#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* A bitmap known to be one word: the compiler can compute with it. */
#define small_const_nbits(nbits) (__builtin_constant_p(nbits) && (nbits) <= BITS_PER_LONG && (nbits) > 0)

/* lib/find_bit.c */
unsigned long _find_next_bit(const unsigned long *addr1, unsigned long nbits, unsigned long start);
unsigned long _find_next_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				 unsigned long start);
unsigned long _find_next_andnot_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				    unsigned long start);
unsigned long _find_next_or_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				unsigned long start);
unsigned long _find_next_zero_bit(const unsigned long *addr, unsigned long nbits, unsigned long start);
unsigned long _find_first_bit(const unsigned long *addr, unsigned long size);
unsigned long _find_first_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size);
unsigned long _find_first_and_and_bit(const unsigned long *addr1, const unsigned long *addr2,
				      const unsigned long *addr3, unsigned long size);
unsigned long _find_first_zero_bit(const unsigned long *addr, unsigned long size);
unsigned long _find_last_bit(const unsigned long *addr, unsigned long size);
unsigned long __find_nth_bit(const unsigned long *addr, unsigned long size, unsigned long n);
unsigned long __find_nth_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size,
				 unsigned long n);
unsigned long __find_nth_andnot_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size,
				    unsigned long n);
unsigned long __find_nth_and_andnot_bit(const unsigned long *addr1, const unsigned long *addr2,
					const unsigned long *addr3, unsigned long size, unsigned long n);
unsigned long find_next_clump8(unsigned long *clump, const unsigned long *addr, unsigned long size,
			       unsigned long offset);

/* The first bit of a word at or after offset and before size; size if there is none. */
static __always_inline unsigned long __find_in_word(unsigned long word, unsigned long size, unsigned long offset)
{
	if (offset >= size)
		return size;
	word &= GENMASK(size - 1, offset);
	return word ? __ffs(word) : size;
}

/* The first bit at or after offset; size if there is none. */

static __always_inline unsigned long find_next_bit(const unsigned long *addr,
						   unsigned long size, unsigned long offset)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr, size, offset);
	return _find_next_bit(addr, size, offset);
}

static __always_inline unsigned long find_next_zero_bit(const unsigned long *addr,
							unsigned long size, unsigned long offset)
{
	if (small_const_nbits(size))
		return __find_in_word(~*addr, size, offset);
	return _find_next_zero_bit(addr, size, offset);
}

static __always_inline unsigned long find_next_and_bit(const unsigned long *addr1, const unsigned long *addr2,
						       unsigned long size, unsigned long offset)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr1 & *addr2, size, offset);
	return _find_next_and_bit(addr1, addr2, size, offset);
}

static __always_inline unsigned long find_next_andnot_bit(const unsigned long *addr1, const unsigned long *addr2,
							  unsigned long size, unsigned long offset)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr1 & ~*addr2, size, offset);
	return _find_next_andnot_bit(addr1, addr2, size, offset);
}

static __always_inline unsigned long find_next_or_bit(const unsigned long *addr1, const unsigned long *addr2,
						      unsigned long size, unsigned long offset)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr1 | *addr2, size, offset);
	return _find_next_or_bit(addr1, addr2, size, offset);
}

static __always_inline unsigned long find_first_bit(const unsigned long *addr, unsigned long size)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr, size, 0);
	return _find_first_bit(addr, size);
}

static __always_inline unsigned long find_first_zero_bit(const unsigned long *addr, unsigned long size)
{
	if (small_const_nbits(size))
		return __find_in_word(~*addr, size, 0);
	return _find_first_zero_bit(addr, size);
}

static __always_inline unsigned long find_first_and_bit(const unsigned long *addr1, const unsigned long *addr2,
							unsigned long size)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr1 & *addr2, size, 0);
	return _find_first_and_bit(addr1, addr2, size);
}

static __always_inline unsigned long find_first_and_and_bit(const unsigned long *addr1, const unsigned long *addr2,
							    const unsigned long *addr3, unsigned long size)
{
	if (small_const_nbits(size))
		return __find_in_word(*addr1 & *addr2 & *addr3, size, 0);
	return _find_first_and_and_bit(addr1, addr2, addr3, size);
}

static __always_inline unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	if (small_const_nbits(size)) {
		unsigned long word = *addr & GENMASK(size - 1, 0);

		return word ? __fls(word) : size;
	}
	return _find_last_bit(addr, size);
}

/* The n-th set bit, counted from 0. */
static __always_inline unsigned long __find_nth_in_word(unsigned long word, unsigned long size, unsigned long n)
{
	return min(fns(word & GENMASK(size - 1, 0), n), size);
}

static __always_inline unsigned long find_nth_bit(const unsigned long *addr, unsigned long size, unsigned long n)
{
	if (n >= size)
		return size;
	if (small_const_nbits(size))
		return __find_nth_in_word(*addr, size, n);
	return __find_nth_bit(addr, size, n);
}

static __always_inline unsigned long find_nth_and_bit(const unsigned long *addr1, const unsigned long *addr2,
						      unsigned long size, unsigned long n)
{
	if (n >= size)
		return size;
	if (small_const_nbits(size))
		return __find_nth_in_word(*addr1 & *addr2, size, n);
	return __find_nth_and_bit(addr1, addr2, size, n);
}

static __always_inline unsigned long find_nth_andnot_bit(const unsigned long *addr1, const unsigned long *addr2,
							 unsigned long size, unsigned long n)
{
	if (n >= size)
		return size;
	if (small_const_nbits(size))
		return __find_nth_in_word(*addr1 & ~*addr2, size, n);
	return __find_nth_andnot_bit(addr1, addr2, size, n);
}

static __always_inline unsigned long find_nth_and_andnot_bit(const unsigned long *addr1,
							     const unsigned long *addr2,
							     const unsigned long *addr3, unsigned long size,
							     unsigned long n)
{
	if (n >= size)
		return size;
	if (small_const_nbits(size))
		return __find_nth_in_word(*addr1 & *addr2 & ~*addr3, size, n);
	return __find_nth_and_andnot_bit(addr1, addr2, addr3, size, n);
}

/* From offset to the end, and then from the start. */
static __always_inline unsigned long find_next_bit_wrap(const unsigned long *addr, unsigned long size,
							unsigned long offset)
{
	unsigned long bit = find_next_bit(addr, size, offset);

	if (bit >= size && offset) {
		bit = find_first_bit(addr, offset);
		if (bit >= offset)
			bit = size;
	}
	return bit;
}

static __always_inline unsigned long find_next_and_bit_wrap(const unsigned long *addr1, const unsigned long *addr2,
							    unsigned long size, unsigned long offset)
{
	unsigned long bit = find_next_and_bit(addr1, addr2, size, offset);

	if (bit >= size && offset) {
		bit = find_first_and_bit(addr1, addr2, offset);
		if (bit >= offset)
			bit = size;
	}
	return bit;
}

static __always_inline unsigned long __for_each_wrap(const unsigned long *bitmap, unsigned long size,
						     unsigned long start, unsigned long n)
{
	unsigned long bit;

	if (n > start) {
		bit = find_next_bit(bitmap, size, n);
		if (bit < size)
			return bit;
		n = 0;
	}
	bit = find_next_bit(bitmap, start, n);
	return bit < start ? bit : size;
}

/* The machine is little-endian. */
#define find_next_zero_bit_le(addr, size, offset) find_next_zero_bit((const unsigned long *)(addr), size, offset)
#define find_next_bit_le(addr, size, offset) find_next_bit((const unsigned long *)(addr), size, offset)
#define find_first_zero_bit_le(addr, size) find_first_zero_bit((const unsigned long *)(addr), size)

#define find_first_clump8(clump, bits, size) find_next_clump8((clump), (bits), (size), 0)

#define for_each_set_bit_from(bit, addr, size) \
	for (; (bit) = find_next_bit((addr), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_clear_bit_from(bit, addr, size) \
	for (; (bit) = find_next_zero_bit((addr), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_set_bit(bit, addr, size) \
	for ((bit) = 0; (bit) = find_next_bit((addr), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_clear_bit(bit, addr, size) \
	for ((bit) = 0; (bit) = find_next_zero_bit((addr), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_and_bit(bit, addr1, addr2, size) \
	for ((bit) = 0; (bit) = find_next_and_bit((addr1), (addr2), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_andnot_bit(bit, addr1, addr2, size) \
	for ((bit) = 0; (bit) = find_next_andnot_bit((addr1), (addr2), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_or_bit(bit, addr1, addr2, size) \
	for ((bit) = 0; (bit) = find_next_or_bit((addr1), (addr2), (size), (bit)), (bit) < (size); (bit)++)

/* Runs of bits: b is the first bit, e is after the last. */
#define for_each_set_bitrange_from(b, e, addr, size) \
	for (; (b) = find_next_bit((addr), (size), (b)), (e) = find_next_zero_bit((addr), (size), (b) + 1), \
	       (b) < (size); \
	     (b) = (e) + 1)
#define for_each_clear_bitrange_from(b, e, addr, size) \
	for (; (b) = find_next_zero_bit((addr), (size), (b)), (e) = find_next_bit((addr), (size), (b) + 1), \
	       (b) < (size); \
	     (b) = (e) + 1)
#define for_each_set_bitrange(b, e, addr, size) \
	for ((b) = 0; (b) = find_next_bit((addr), (size), (b)), (e) = find_next_zero_bit((addr), (size), (b) + 1), \
	    (b) < (size); \
	     (b) = (e) + 1)
#define for_each_clear_bitrange(b, e, addr, size) \
	for ((b) = 0; (b) = find_next_zero_bit((addr), (size), (b)), (e) = find_next_bit((addr), (size), (b) + 1), \
	    (b) < (size); \
	     (b) = (e) + 1)
#define for_each_set_bit_wrap(bit, addr, size, start) \
	for ((bit) = find_next_bit_wrap((addr), (size), (start)); (bit) < (size); \
	     (bit) = __for_each_wrap((addr), (size), (start), (bit) + 1))
#define for_each_set_clump8(start, clump, bits, size) \
	for ((start) = find_first_clump8(&(clump), (bits), (size)); (start) < (size); \
	     (start) = find_next_clump8(&(clump), (bits), (size), (start) + 8))

#endif
