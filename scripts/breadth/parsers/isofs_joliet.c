// SPDX-License-Identifier: MIT
// Names of 16 bits to a character, with a version or a dot at their end.
#include "../fs/isofs/isofs.h"
#include "check.h"

static struct inode inode;

/* A record that ends where its name does. */
static int name_of(const u8 *bytes, size_t size, u8 *name)
{
	struct iso_directory_record *record = kzalloc(sizeof(*record) + size, GFP_KERNEL);

	record->length[0] = sizeof(*record) + size;
	record->name_len[0] = size;
	memcpy(record->name, bytes, size);
	int length = get_joliet_filename(record, name, &inode);

	kfree(record);
	return length;
}

static int __init check_joliet(void)
{
	u8 *name = kmalloc(PAGE_SIZE, GFP_KERNEL);

	inode.i_sb = kzalloc(sizeof(struct super_block), GFP_KERNEL);
	inode.i_sb->s_fs_info = kzalloc(sizeof(struct isofs_sb_info), GFP_KERNEL);
	CHECK(name_of((u8[]){ 0, 'a', 0x20, 0xac, 0, ';', 0, '1' }, 8, name) == 4 && memcmp(name, "a\xe2\x82\xac", 4) == 0);
	CHECK(name_of((u8[]){ 0, 'a', 0, '.' }, 4, name) == 1);
	CHECK(name_of((u8[]){ 0, '.', 0, '.' }, 4, name) == 1);
	/* Half of a pair for a character beyond 16 bits, and half of a character. */
	CHECK(name_of((u8[]){ 0, 'a', 0xd8, 0x3d }, 4, name) >= 1);
	CHECK(name_of((u8[]){ 0, 'a', 0 }, 3, name) == 1);
	CHECK(name_of((u8[]){}, 0, name) == 0);
	kfree(name);
	return 0;
}
CHECKS(check_joliet);
