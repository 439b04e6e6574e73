/* SPDX-License-Identifier: MIT */
/* A volume whose blocks are some bytes, for file systems that read blocks (sb_bread). bread.c gives them these. */
#include <linux/buffer_head.h>
#include "check.h"

/* `info`: what the file system keeps of a volume. */
static struct super_block *new_volume(u8 *bytes, size_t size, unsigned int block_size, void *info)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);

	sb->s_bdev = kzalloc(sizeof(*sb->s_bdev), GFP_KERNEL);
	sb->s_bdev->bd_nr_sectors = size / SECTOR_SIZE;
	sb->s_bdev->bd_holder = bytes;
	sb->s_blocksize = block_size;
	sb->s_blocksize_bits = ilog2(block_size);
	sb->s_fs_info = info;
	return sb;
}
