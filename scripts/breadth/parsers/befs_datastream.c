// SPDX-License-Identifier: MIT
// Where a file's blocks are on a BeOS volume: named in the file, in a block of their own, and beyond what it has.
#include "volume.h"
#include "../fs/befs/befs.h"
#include "../fs/befs/datastream.h"

enum { BLOCK = 1024, SIZE = 16 * BLOCK };

static int __init check_datastream(void)
{
	struct befs_sb_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	befs_data_stream *stream = kzalloc(sizeof(*stream), GFP_KERNEL);
	u8 *bytes = kzalloc(SIZE, GFP_KERNEL);
	befs_disk_block_run *indirect = (void *)(bytes + 9 * BLOCK);
	struct super_block *sb;
	struct buffer_head *block;
	befs_block_run run;
	uint offset;

	for (int i = 0; i < 16; i++)
		bytes[i * BLOCK + 5] = i;
	indirect[0] = (befs_disk_block_run){ .start = (__force fs16)12, .len = (__force fs16)2 };
	info->block_size = BLOCK;
	info->block_shift = 10;
	info->ag_shift = 8;
	info->num_ags = 1;
	info->num_blocks = 16;
	info->byte_order = BEFS_BYTESEX_LE;
	sb = new_volume(bytes, SIZE, BLOCK, info);

	/* Blocks 2, 3 and 7 of the volume; then 12 and 13, which block 9 names. */
	stream->direct[0] = (befs_block_run){ .start = 2, .len = 2 };
	stream->direct[1] = (befs_block_run){ .start = 7, .len = 1 };
	stream->max_direct_range = 3 * BLOCK;
	stream->indirect = (befs_block_run){ .start = 9, .len = 1 };
	stream->max_indirect_range = 5 * BLOCK;
	stream->max_double_indirect_range = 5 * BLOCK;
	stream->size = 5 * BLOCK;
	CHECK(befs_fblock2brun(sb, stream, 1, &run) == BEFS_OK && run.start == 3 && run.len == 1);
	CHECK(befs_fblock2brun(sb, stream, 2, &run) == BEFS_OK && run.start == 7);
	CHECK(befs_fblock2brun(sb, stream, 4, &run) == BEFS_OK && run.start == 13);
	CHECK(befs_fblock2brun(sb, stream, 5, &run) == BEFS_ERR && befs_fblock2brun(sb, stream, 1000, &run) == BEFS_ERR);
	block = befs_read_datastream(sb, stream, 2 * BLOCK + 5, &offset);
	CHECK(block && offset == 5 && block->b_data[offset] == 7);
	brelse(block);
	/* A list that is shorter than it says, and blocks that are not on the volume. */
	stream->max_direct_range = 300 * BLOCK;
	CHECK(befs_fblock2brun(sb, stream, 200, &run) == BEFS_ERR);
	stream->direct[0].start = 1000;
	CHECK(befs_read_datastream(sb, stream, 0, &offset) == NULL);
	stream->direct[0].allocation_group = 77;
	CHECK(befs_read_datastream(sb, stream, 0, &offset) == NULL);
	kfree(bytes);
	kfree(stream);
	return 0;
}
CHECKS(check_datastream);
