/* SPDX-License-Identifier: MIT */
#ifndef _ASM_WORD_AT_A_TIME_H
#define _ASM_WORD_AT_A_TIME_H

#include <linux/bits.h>
#include <linux/kernel.h>

/* Finds the first zero byte in a word, on a little-endian machine. */
struct word_at_a_time {
	const unsigned long one_bits, high_bits;
};

#define WORD_AT_A_TIME_CONSTANTS { REPEAT_BYTE(0x01), REPEAT_BYTE(0x80) }

static inline unsigned long has_zero(unsigned long a, unsigned long *bits, const struct word_at_a_time *c)
{
	*bits = (a - c->one_bits) & ~a & c->high_bits;
	return *bits;
}

#define prep_zero_mask(a, bits, c) (bits)

/* Sets the bits of all bytes before the first zero byte. */
static inline unsigned long create_zero_mask(unsigned long bits)
{
	return ((bits - 1) & ~bits) >> 7;
}

static inline unsigned long find_zero(unsigned long mask)
{
	return hweight_long(mask) / 8;
}

#define zero_bytemask(mask) (mask)
#define bytemask_from_count(cnt) (~(~0UL << ((cnt) * 8)))

/* Unmapped bytes read as zeros; here the word is read up to the end of its page. */
static inline __no_sanitize_address unsigned long load_unaligned_zeropad(const void *addr)
{
	unsigned long left = 4096 - ((unsigned long)addr & 4095);
	const struct {
		unsigned long word;
	} __packed *whole = addr;
	const unsigned char *bytes = addr;
	unsigned long word = 0;

	if (left >= sizeof(long))
		return whole->word;
	for (unsigned long i = 0; i < left; i++)
		word |= (unsigned long)bytes[i] << (8 * i);
	return word;
}

#endif
