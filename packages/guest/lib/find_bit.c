/* SPDX-License-Identifier: MIT */
/* Searching bitmaps: in each function, word combines the bitmaps' words at an index. */
#include <linux/bitmap.h>
#include <linux/find.h>

/* The first bit from start on and before size, if there is one. */
#define FIND_NEXT(word, size, start) \
	({ \
		unsigned long __size = (size), __start = (start), __found = __size; \
		unsigned long __kept = ~0UL << (__start % BITS_PER_LONG); \
		for (unsigned long i = BIT_WORD(__start); __start < __size && i < BITS_TO_LONGS(__size); i++) { \
			unsigned long __word = (word) & __kept; \
			if (__word) { \
				__found = min(i * BITS_PER_LONG + __ffs(__word), __size); \
				break; \
			} \
			__kept = ~0UL; \
		} \
		__found; \
	})

/* The n-th set bit, counted from 0. */
#define FIND_NTH(word, size, n) \
	({ \
		unsigned long __size = (size), __left = (n), __found = __size; \
		for (unsigned long i = 0; i < BITS_TO_LONGS(__size); i++) { \
			unsigned long __word = (word), __count; \
			if ((i + 1) * BITS_PER_LONG > __size) \
				__word &= BITMAP_LAST_WORD_MASK(__size); \
			__count = hweight_long(__word); \
			if (__left < __count) { \
				__found = i * BITS_PER_LONG + fns(__word, __left); \
				break; \
			} \
			__left -= __count; \
		} \
		__found; \
	})

unsigned long _find_next_bit(const unsigned long *addr1, unsigned long nbits, unsigned long start)
{
	return FIND_NEXT(addr1[i], nbits, start);
}

unsigned long _find_next_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				 unsigned long start)
{
	return FIND_NEXT(addr1[i] & addr2[i], nbits, start);
}

unsigned long _find_next_andnot_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				    unsigned long start)
{
	return FIND_NEXT(addr1[i] & ~addr2[i], nbits, start);
}

unsigned long _find_next_or_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long nbits,
				unsigned long start)
{
	return FIND_NEXT(addr1[i] | addr2[i], nbits, start);
}

unsigned long _find_next_zero_bit(const unsigned long *addr, unsigned long nbits, unsigned long start)
{
	return FIND_NEXT(~addr[i], nbits, start);
}

unsigned long _find_first_bit(const unsigned long *addr, unsigned long size)
{
	return FIND_NEXT(addr[i], size, 0);
}

unsigned long _find_first_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size)
{
	return FIND_NEXT(addr1[i] & addr2[i], size, 0);
}

unsigned long _find_first_and_and_bit(const unsigned long *addr1, const unsigned long *addr2,
				      const unsigned long *addr3, unsigned long size)
{
	return FIND_NEXT(addr1[i] & addr2[i] & addr3[i], size, 0);
}

unsigned long _find_first_zero_bit(const unsigned long *addr, unsigned long size)
{
	return FIND_NEXT(~addr[i], size, 0);
}

unsigned long _find_last_bit(const unsigned long *addr, unsigned long size)
{
	unsigned long mask = BITMAP_LAST_WORD_MASK(size);

	for (unsigned long i = BITS_TO_LONGS(size); i-- > 0; mask = ~0UL)
		if (addr[i] & mask)
			return i * BITS_PER_LONG + __fls(addr[i] & mask);
	return size;
}

unsigned long __find_nth_bit(const unsigned long *addr, unsigned long size, unsigned long n)
{
	return FIND_NTH(addr[i], size, n);
}

unsigned long __find_nth_and_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size,
				 unsigned long n)
{
	return FIND_NTH(addr1[i] & addr2[i], size, n);
}

unsigned long __find_nth_andnot_bit(const unsigned long *addr1, const unsigned long *addr2, unsigned long size,
				    unsigned long n)
{
	return FIND_NTH(addr1[i] & ~addr2[i], size, n);
}

unsigned long __find_nth_and_andnot_bit(const unsigned long *addr1, const unsigned long *addr2,
					const unsigned long *addr3, unsigned long size, unsigned long n)
{
	return FIND_NTH(addr1[i] & addr2[i] & ~addr3[i], size, n);
}

/* The byte that contains the first bit from offset on. */
unsigned long find_next_clump8(unsigned long *clump, const unsigned long *addr, unsigned long size,
			       unsigned long offset)
{
	offset = find_next_bit(addr, size, offset);
	if (offset == size)
		return size;
	offset = round_down(offset, 8);
	*clump = bitmap_get_value8(addr, offset);
	return offset;
}
