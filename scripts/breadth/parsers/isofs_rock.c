// SPDX-License-Identifier: MIT
// A directory's record with a longer name behind it: in one part and in two, with each byte changed, and cut short.
#include "../fs/isofs/isofs.h"
#include "../fs/isofs/rock.h"
#include "check.h"

enum { NAME_AT = sizeof(struct iso_directory_record) + 1 };

static struct inode inode;
static char *name;

/* `bytes`: what is behind a name of one character. The record ends where they do. */
static long name_of(u8 *bytes, size_t size)
{
	struct iso_directory_record *record = kzalloc(NAME_AT + size, GFP_KERNEL);

	record->length[0] = NAME_AT + size;
	record->name_len[0] = 1;
	memcpy((u8 *)record + NAME_AT, bytes, size);
	long length = get_rock_ridge_filename(record, name, &inode);

	kfree(record);
	return length;
}

static int __init check_rock(void)
{
	static const u8 named[] = { 'R', 'R', 5, 1, 8, 'N', 'M', 8, 1, 1, 'l', 'o', 'n', 'N', 'M', 6, 1, 0, 'g' };
	/* A name whose length is beyond the record's end. */
	static const u8 beyond[] = { 'N', 'M', 200, 1, 0, 'x' };
	struct isofs_sb_info *info = kzalloc(sizeof(*info), GFP_KERNEL);

	name = kmalloc(1024, GFP_KERNEL);
	inode.i_sb = kzalloc(sizeof(struct super_block), GFP_KERNEL);
	inode.i_sb->s_fs_info = info;
	inode.i_blkbits = ISOFS_BLOCK_BITS;
	info->s_rock_offset = -1;
	CHECK(parse(name_of, named, sizeof(named)) == 0);
	info->s_rock = 1;
	CHECK(parse(name_of, named, sizeof(named)) == 4 && strcmp(name, "long") == 0);
	CHECK(parse(name_of, beyond, sizeof(beyond)) == 0);
	/* The next part is in a block that is not on the disk. */
	CHECK(parse(name_of, (u8[28]){ 'C', 'E', 28, 1, 9 }, 28) == -EIO);
	refused_parts(name_of, named, sizeof(named));
	parse_changed(name_of, named, sizeof(named));
	info->s_rock_offset = 3;
	CHECK(parse(name_of, (u8[]){ 0, 0, 0, 'N', 'M', 6, 1, 0, 'x' }, 9) == 1 && name[0] == 'x');
	kfree(name);
	return 0;
}
CHECKS(check_rock);
