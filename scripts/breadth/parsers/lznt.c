// SPDX-License-Identifier: MIT
// Compressed there and back; then bytes that are cut off.
#include "check.h"

/* fs/ntfs3/ntfs_fs.h */
struct lznt *get_lznt_ctx(int level);
size_t compress_lznt(const void *unc, size_t unc_size, void *cmpr, size_t cmpr_size, struct lznt *ctx);
ssize_t decompress_lznt(const void *cmpr, size_t cmpr_size, void *unc, size_t unc_size);

enum { SIZE = 3 * 4096 };

static int __init check_lznt(void)
{
	u8 *plain = kmalloc(SIZE, GFP_KERNEL), *packed = kmalloc(SIZE, GFP_KERNEL), *back = kmalloc(SIZE, GFP_KERNEL);
	struct lznt *context = get_lznt_ctx(0);
	size_t length;

	for (int i = 0; i < SIZE; i++)
		plain[i] = "as it was before it "[i % 20] + i / 1000;
	length = compress_lznt(plain, SIZE, packed, SIZE, context);
	CHECK(length > 0 && length < SIZE / 2);
	CHECK(decompress_lznt(packed, length, back, SIZE) == SIZE && memcmp(plain, back, SIZE) == 0);
	for (size_t part = 0; part < 200; part++) {
		u8 *cut = kmemdup(packed, part, GFP_KERNEL);

		CHECK(decompress_lznt(cut, part, back, SIZE) < 0);
		kfree(cut);
	}
	kfree(context);
	kfree(plain);
	kfree(packed);
	kfree(back);
	return 0;
}
CHECKS(check_lznt);
