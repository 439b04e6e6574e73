/* SPDX-License-Identifier: MIT */
/* Bitmaps of many words. */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/slab.h>

/* The bits of the word at an index that belong to a bitmap of nbits bits. */
static inline unsigned long counted(unsigned int i, unsigned int nbits)
{
	return (i + 1) * BITS_PER_LONG <= nbits ? ~0UL : BITMAP_LAST_WORD_MASK(nbits);
}

#define for_each_word(i, nbits) for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)

bool __bitmap_equal(const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	for_each_word(i, nbits)
		if ((bitmap1[i] ^ bitmap2[i]) & counted(i, nbits))
			return false;
	return true;
}

bool __bitmap_or_equal(const unsigned long *src1, const unsigned long *src2, const unsigned long *src3,
		       unsigned int nbits)
{
	for_each_word(i, nbits)
		if (((src1[i] | src2[i]) ^ src3[i]) & counted(i, nbits))
			return false;
	return true;
}

bool __bitmap_intersects(const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	for_each_word(i, nbits)
		if (bitmap1[i] & bitmap2[i] & counted(i, nbits))
			return true;
	return false;
}

bool __bitmap_subset(const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	for_each_word(i, nbits)
		if (bitmap1[i] & ~bitmap2[i] & counted(i, nbits))
			return false;
	return true;
}

void __bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	for_each_word(i, nbits)
		dst[i] = ~src[i];
}

bool __bitmap_and(unsigned long *dst, const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	unsigned long any = 0;

	for_each_word(i, nbits)
		any |= dst[i] = bitmap1[i] & bitmap2[i] & counted(i, nbits);
	return any != 0;
}

bool __bitmap_andnot(unsigned long *dst, const unsigned long *bitmap1, const unsigned long *bitmap2,
		     unsigned int nbits)
{
	unsigned long any = 0;

	for_each_word(i, nbits)
		any |= dst[i] = bitmap1[i] & ~bitmap2[i] & counted(i, nbits);
	return any != 0;
}

void __bitmap_or(unsigned long *dst, const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	for_each_word(i, nbits)
		dst[i] = bitmap1[i] | bitmap2[i];
}

void __bitmap_xor(unsigned long *dst, const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	for_each_word(i, nbits)
		dst[i] = bitmap1[i] ^ bitmap2[i];
}

void __bitmap_replace(unsigned long *dst, const unsigned long *old, const unsigned long *by,
		      const unsigned long *mask, unsigned int nbits)
{
	for_each_word(i, nbits)
		dst[i] = (old[i] & ~mask[i]) | (by[i] & mask[i]);
}

unsigned int __bitmap_weight(const unsigned long *bitmap, unsigned int nbits)
{
	unsigned int weight = 0;

	for_each_word(i, nbits)
		weight += hweight_long(bitmap[i] & counted(i, nbits));
	return weight;
}

unsigned int __bitmap_weight_and(const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	unsigned int weight = 0;

	for_each_word(i, nbits)
		weight += hweight_long(bitmap1[i] & bitmap2[i] & counted(i, nbits));
	return weight;
}

unsigned int __bitmap_weight_andnot(const unsigned long *bitmap1, const unsigned long *bitmap2, unsigned int nbits)
{
	unsigned int weight = 0;

	for_each_word(i, nbits)
		weight += hweight_long(bitmap1[i] & ~bitmap2[i] & counted(i, nbits));
	return weight;
}

/* Iterates over the words that contain a run of bits, with a mask of its bits in each. */
#define for_each_word_of_run(i, mask, start, end) \
	for (unsigned long i = BIT_WORD(start), mask = BITMAP_FIRST_WORD_MASK(start); \
	     i < BITS_TO_LONGS(end) && (mask &= counted(i, end), true); i++, mask = ~0UL)

void __bitmap_set(unsigned long *map, unsigned int start, int len)
{
	if (len <= 0)
		return;
	for_each_word_of_run(i, mask, start, start + len)
		map[i] |= mask;
}

void __bitmap_clear(unsigned long *map, unsigned int start, int len)
{
	if (len <= 0)
		return;
	for_each_word_of_run(i, mask, start, start + len)
		map[i] &= ~mask;
}

/* 64 bits of a bitmap starting at a bit, which may be negative; zeros outside. */
static unsigned long word_at(const unsigned long *src, long bit, unsigned int nbits)
{
	long i = bit >> 6;
	unsigned int shift = bit & 63;
	long words = BITS_TO_LONGS(nbits);
	unsigned long low = i >= 0 && i < words ? src[i] & counted(i, nbits) : 0;
	unsigned long high = shift && i + 1 >= 0 && i + 1 < words ? src[i + 1] & counted(i + 1, nbits) : 0;

	return low >> shift | (shift ? high << (64 - shift) : 0);
}

/* In the direction that permits dst == src. */
void __bitmap_shift_right(unsigned long *dst, const unsigned long *src, unsigned int shift, unsigned int nbits)
{
	for_each_word(i, nbits)
		dst[i] = word_at(src, (long)i * BITS_PER_LONG + shift, nbits);
}

void __bitmap_shift_left(unsigned long *dst, const unsigned long *src, unsigned int shift, unsigned int nbits)
{
	for (long i = (long)BITS_TO_LONGS(nbits) - 1; i >= 0; i--)
		dst[i] = word_at(src, i * BITS_PER_LONG - (long)shift, nbits);
}

void bitmap_cut(unsigned long *dst, const unsigned long *src, unsigned int first, unsigned int cut,
		unsigned int nbits)
{
	/* As many bits move up from behind the gap as there are; bits past the bitmap's end in its last word are kept. */
	unsigned int whole = BITS_TO_LONGS(nbits) * BITS_PER_LONG;

	for_each_word(i, nbits) {
		unsigned long start = (unsigned long)i * BITS_PER_LONG;
		unsigned long moved = word_at(src, start + cut, whole);

		if (first >= start + BITS_PER_LONG)
			dst[i] = src[i];
		else if (first > start)
			dst[i] = (src[i] & ~BITMAP_FIRST_WORD_MASK(first)) | (moved & BITMAP_FIRST_WORD_MASK(first));
		else
			dst[i] = moved;
	}
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *map, unsigned long size, unsigned long start,
					     unsigned int nr, unsigned long align_mask, unsigned long align_offset)
{
	for (;;) {
		unsigned long end, used;

		start = find_next_zero_bit(map, size, start);
		start = __ALIGN_MASK(start + align_offset, align_mask) - align_offset;
		end = start + nr;
		if (end > size)
			return end;
		used = find_next_bit(map, end, start);
		if (used >= end)
			return start;
		start = used + 1;
	}
}

int bitmap_bitremap(int oldbit, const unsigned long *old, const unsigned long *to, int bits)
{
	unsigned int weight = bitmap_weight(to, bits);

	if (oldbit < 0 || oldbit >= bits || !weight || !test_bit(oldbit, old))
		return oldbit;
	return find_nth_bit(to, bits, bitmap_weight(old, oldbit) % weight);
}

void bitmap_remap(unsigned long *dst, const unsigned long *src, const unsigned long *old, const unsigned long *to,
		  unsigned int nbits)
{
	unsigned int bit;

	if (dst == src)
		return;
	bitmap_zero(dst, nbits);
	for_each_set_bit(bit, src, nbits)
		set_bit(bitmap_bitremap(bit, old, to, nbits), dst);
}

void bitmap_onto(unsigned long *dst, const unsigned long *orig, const unsigned long *relmap, unsigned int bits)
{
	unsigned int n = 0, bit;

	if (dst == orig)
		return;
	bitmap_zero(dst, bits);
	for_each_set_bit(bit, relmap, bits)
		if (test_bit(n++, orig))
			set_bit(bit, dst);
}

void bitmap_fold(unsigned long *dst, const unsigned long *orig, unsigned int sz, unsigned int nbits)
{
	unsigned int bit;

	if (dst == orig)
		return;
	bitmap_zero(dst, nbits);
	for_each_set_bit(bit, orig, nbits)
		set_bit(bit % sz, dst);
}

void bitmap_from_arr32(unsigned long *bitmap, const u32 *buf, unsigned int nbits)
{
	unsigned int halves = DIV_ROUND_UP(nbits, 32);

	for_each_word(i, nbits) {
		unsigned long high = 2 * i + 1 < halves ? buf[2 * i + 1] : 0;

		bitmap[i] = (buf[2 * i] | high << 32) & counted(i, nbits);
	}
}

void bitmap_to_arr32(u32 *buf, const unsigned long *bitmap, unsigned int nbits)
{
	for (unsigned int i = 0; i < DIV_ROUND_UP(nbits, 32); i++)
		buf[i] = (bitmap[i / 2] & counted(i / 2, nbits)) >> (32 * (i % 2));
}

unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags)
{
	return kmalloc_array(BITS_TO_LONGS(nbits), sizeof(unsigned long), flags);
}

unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	return bitmap_alloc(nbits, flags | __GFP_ZERO);
}

unsigned long *bitmap_alloc_node(unsigned int nbits, gfp_t flags, int node)
{
	return bitmap_alloc(nbits, flags);
}

unsigned long *bitmap_zalloc_node(unsigned int nbits, gfp_t flags, int node)
{
	return bitmap_zalloc(nbits, flags);
}

void bitmap_free(const unsigned long *bitmap)
{
	kfree(bitmap);
}

static void free_bitmap(void *bitmap)
{
	bitmap_free(bitmap);
}

unsigned long *devm_bitmap_alloc(struct device *dev, unsigned int nbits, gfp_t flags)
{
	unsigned long *bitmap = bitmap_alloc(nbits, flags);

	if (bitmap && devm_add_action_or_reset(dev, free_bitmap, bitmap))
		return NULL;
	return bitmap;
}

unsigned long *devm_bitmap_zalloc(struct device *dev, unsigned int nbits, gfp_t flags)
{
	return devm_bitmap_alloc(dev, nbits, flags | __GFP_ZERO);
}
