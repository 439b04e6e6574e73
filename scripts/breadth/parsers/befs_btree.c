// SPDX-License-Identifier: MIT
// A directory of a BeOS volume: a tree of one node with two names, which are found and listed, and with each byte changed by a bit.
#include "volume.h"
#include "../fs/befs/befs.h"
#include "../fs/befs/btree.h"

enum { BLOCK = 1024, SIZE = 4 * BLOCK, NODE = BLOCK };

static struct super_block *sb;
static befs_data_stream *stream;

static int __init check_btree(void)
{
	struct befs_sb_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	u8 *bytes = kzalloc(SIZE, GFP_KERNEL), *node;
	befs_disk_btree_super *super = (void *)bytes;
	befs_off_t value = 0;
	char name[64];
	size_t length;

	super->magic = (__force fs32)BEFS_BTREE_MAGIC;
	super->node_size = (__force fs32)NODE;
	super->max_depth = (__force fs32)1;
	super->root_node_ptr = (__force fs64)NODE;
	super->max_size = (__force fs64)(2 * NODE);
	super->free_node_ptr = (__force fs64)-1;
	/* In a node: where its neighbours are, counts, names one behind the other, their ends, and values. */
	node = bytes + NODE;
	memset(node, 0xff, 24);
	put_unaligned_le16(2, node + 24);
	put_unaligned_le16(8, node + 26);
	memcpy(node + 28, "abcdefgh", 8);
	put_unaligned_le16(3, node + 40);
	put_unaligned_le16(8, node + 42);
	put_unaligned_le64(77, node + 44);
	put_unaligned_le64(88, node + 52);
	info->block_size = BLOCK;
	info->block_shift = 10;
	info->ag_shift = 8;
	info->num_ags = 1;
	info->num_blocks = 4;
	info->byte_order = BEFS_BYTESEX_LE;
	sb = new_volume(bytes, SIZE, BLOCK, info);
	stream = kzalloc(sizeof(*stream), GFP_KERNEL);
	stream->direct[0] = (befs_block_run){ .start = 0, .len = 2 };
	stream->max_direct_range = 2 * BLOCK;
	stream->max_indirect_range = stream->max_double_indirect_range = stream->size = 2 * BLOCK;

	CHECK(befs_btree_find(sb, stream, "abc", &value) == BEFS_OK && value == 77);
	CHECK(befs_btree_find(sb, stream, "defgh", &value) == BEFS_OK && value == 88);
	CHECK(befs_btree_find(sb, stream, "abd", &value) != BEFS_OK && befs_btree_find(sb, stream, "", &value) != BEFS_OK);
	CHECK(befs_btree_read(sb, stream, 1, sizeof(name), name, &length, &value) == BEFS_OK && length == 5 && strcmp(name, "defgh") == 0);
	CHECK(befs_btree_read(sb, stream, 2, sizeof(name), name, &length, &value) == BEFS_BT_END);
	/*
	 * Counts, names, their ends and values, by their lowest bits only. befs_bt_get_key() checks no length, so that larger ones lead out of
	 * the node, as does the place of a neighbour that is none: bugs of 6.12.
	 */
	for (int at = NODE + 24; at < 2 * NODE; at++) {
		bytes[at] ^= 1;
		befs_btree_find(sb, stream, "defgh", &value);
		bytes[at] ^= 1;
	}
	kfree(bytes);
	kfree(stream);
	return 0;
}
CHECKS(check_btree);
