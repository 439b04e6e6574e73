// SPDX-License-Identifier: MIT
/* A directory record with Rock Ridge's extensions: fs/isofs/rock.c. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include "isofs.h"

FUZZ_TEST_SIMPLE(rock)
{
	struct iso_directory_record *record = (struct iso_directory_record *)data;
	struct isofs_sb_info *volume = kzalloc(sizeof(*volume), GFP_KERNEL);
	struct super_block *superblock = kzalloc(sizeof(*superblock), GFP_KERNEL);
	struct iso_inode_info *file = kzalloc(sizeof(*file), GFP_KERNEL);
	char *name = kmalloc(1024, GFP_KERNEL);

	if (datalen < sizeof(*record) || datalen > 255 || datalen < sizeof(*record) + record->name_len[0])
		return -EINVAL;
	record->length[0] = datalen;
	volume->s_rock = 1;
	volume->s_rock_offset = -1;
	superblock->s_fs_info = volume;
	file->vfs_inode.i_sb = superblock;
	file->vfs_inode.i_blkbits = superblock->s_blocksize_bits = ISOFS_BLOCK_BITS;
	get_rock_ridge_filename(record, name, &file->vfs_inode);
	/* A relocated directory: others are looked up on the disk. */
	return parse_rock_ridge_inode(record, &file->vfs_inode, 1);
}
