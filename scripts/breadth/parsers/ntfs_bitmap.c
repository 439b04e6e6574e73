// SPDX-License-Identifier: MIT
// Bits of a volume's map: set, counted and cleared, at every place and in every number.
#include <linux/buffer_head.h>
#include "../fs/ntfs3/debug.h"
#include "../fs/ntfs3/ntfs.h"
#include "../fs/ntfs3/ntfs_fs.h"
#include "check.h"

enum { BITS = 200 };

static int __init check_bitmap(void)
{
	/* Whole words, as bits are changed by. */
	u8 *map = kzalloc(ntfs3_bitmap_size(BITS), GFP_KERNEL);

	for (unsigned int start = 0; start < BITS; start += 7) {
		for (int length = 0; length <= BITS - start; length += 3) {
			ntfs_bitmap_set_le(map, start, length);
			CHECK(ntfs_bitmap_weight_le(map, BITS) == length);
			CHECK(length == 0 || (map[start / 8] >> start % 8 & 1));
			ntfs_bitmap_clear_le(map, start, length);
			CHECK(memchr_inv(map, 0, ntfs3_bitmap_size(BITS)) == NULL);
		}
	}
	memset(map, 255, ntfs3_bitmap_size(BITS));
	ntfs_bitmap_clear_le(map, 13, 100);
	CHECK(ntfs_bitmap_weight_le(map, BITS) == BITS - 100);
	kfree(map);
	return 0;
}
CHECKS(check_bitmap);
