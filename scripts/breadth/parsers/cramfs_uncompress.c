// SPDX-License-Identifier: MIT
// A block that zlib compressed: whole, cut short, with each byte changed, and into less room than it needs.
#include "check.h"

/* fs/cramfs/internal.h */
int cramfs_uncompress_block(void *dst, int dstlen, void *src, int srclen);
int cramfs_uncompress_init(void);
void cramfs_uncompress_exit(void);

static u8 *page;
static int room = PAGE_SIZE;

static long uncompress(u8 *bytes, size_t size)
{
	return cramfs_uncompress_block(page, room, bytes, size);
}

static int __init check_cramfs(void)
{
	/* zlib.compress(b"kasan " * 100) */
	static const u8 packed[] = {
		0x78, 0x9c, 0xcb, 0x4e, 0x2c, 0x4e, 0xcc, 0x53, 0xc8, 0x1e, 0x25, 0x47, 0x49, 0xaa, 0x92, 0x00, 0x32, 0x18, 0xd9, 0xf9
	};

	page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	CHECK(cramfs_uncompress_init() == 0);
	CHECK(parse(uncompress, packed, sizeof(packed)) == 600 && memcmp(page + 594, "kasan ", 6) == 0);
	CHECK(refused_parts(uncompress, packed, sizeof(packed)) == sizeof(packed));
	parse_changed(uncompress, packed, sizeof(packed));
	room = 599;
	CHECK(parse(uncompress, packed, sizeof(packed)) == -EIO);
	cramfs_uncompress_exit();
	kfree(page);
	return 0;
}
CHECKS(check_cramfs);
