// SPDX-License-Identifier: MIT
// Bytes and names on a volume of romfs: inside of blocks, across their borders, and across the volume's end.
#include "volume.h"
#include "../fs/romfs/internal.h"

static int __init check_storage(void)
{
	enum { SIZE = 3 * ROMBSIZE };
	u8 *bytes = kzalloc(SIZE, GFP_KERNEL), *read = kmalloc(SIZE, GFP_KERNEL);
	struct super_block *sb;

	for (int i = 0; i < SIZE; i++)
		bytes[i] = i % 251 + 1;
	strcpy(bytes + 100, "name");
	memset(bytes + ROMBSIZE - 3, 'x', 6);
	bytes[ROMBSIZE + 3] = 0;
	strcpy(bytes + 2 * ROMBSIZE - 4, "four");
	sb = new_volume(bytes, SIZE, ROMBSIZE, (void *)(long)SIZE);

	CHECK(romfs_dev_read(sb, 0, read, SIZE) == 0 && memcmp(read, bytes, SIZE) == 0);
	CHECK(romfs_dev_read(sb, 700, read, 900) == 0 && memcmp(read, bytes + 700, 900) == 0);
	CHECK(romfs_dev_read(sb, 1, read, SIZE) == -EIO && romfs_dev_read(sb, SIZE, read, 0) == -EIO);
	CHECK(romfs_dev_read(sb, -1, read, 2) == -EIO);
	CHECK(romfs_dev_strnlen(sb, 100, 10) == 4 && romfs_dev_strnlen(sb, 100, 2) == 2);
	CHECK(romfs_dev_strnlen(sb, ROMBSIZE - 3, 100) == 6 && romfs_dev_strnlen(sb, SIZE, 1) == -EIO);
	CHECK(romfs_dev_strcmp(sb, 100, "name", 4) == 1 && romfs_dev_strcmp(sb, 100, "nama", 4) == 0 && romfs_dev_strcmp(sb, 100, "nam", 3) == 0);
	CHECK(romfs_dev_strcmp(sb, ROMBSIZE - 3, "xxxxxx", 6) == 1 && romfs_dev_strcmp(sb, 2 * ROMBSIZE - 4, "four", 4) == 1);
	CHECK(romfs_dev_strcmp(sb, SIZE, "x", 1) == -EIO && romfs_dev_strcmp(sb, 0, "x", ROMFS_MAXFN + 1) == -ENAMETOOLONG);
	kfree(bytes);
	kfree(read);
	return 0;
}
CHECKS(check_storage);
