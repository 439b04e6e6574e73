/* SPDX-License-Identifier: MIT */
/* A volume whose blocks are some bytes, for file systems that read blocks (sb_bread). All blocks are in the page cache from the start. */
#include <linux/backing-dev.h>
#include <linux/buffer_head.h>
#include <linux/pagemap.h>
#include "check.h"

static const u8 *volume_bytes;
static size_t volume_size;

static int read_blocks(struct file *file, struct folio *folio)
{
	struct inode *inode = folio->mapping->host;
	loff_t at = folio_pos(folio);
	sector_t block = at >> inode->i_blkbits;
	u8 *page = folio_address(folio);
	struct buffer_head *head, *one;

	memset(page, 0, PAGE_SIZE);
	if (at < volume_size)
		memcpy(page, volume_bytes + at, min(volume_size - at, PAGE_SIZE));
	head = create_empty_buffers(folio, 1 << inode->i_blkbits, BIT(BH_Uptodate) | BIT(BH_Mapped));
	one = head;
	do {
		one->b_bdev = inode->i_private;
		one->b_blocknr = block++;
		one = one->b_this_page;
	} while (one != head);
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static const struct address_space_operations volume_operations = { .read_folio = read_blocks };

/* `info`: what the file system keeps of a volume. */
static struct super_block *new_volume(const u8 *bytes, size_t size, unsigned int block_size, void *info)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	struct block_device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	volume_bytes = bytes;
	volume_size = size;
	inode->i_sb = sb;
	inode->i_mapping = &inode->i_data;
	inode->i_private = device;
	inode->i_blkbits = ilog2(block_size);
	inode->i_size = size;
	address_space_init_once(&inode->i_data);
	inode->i_data.host = inode;
	inode->i_data.a_ops = &volume_operations;
	mapping_set_gfp_mask(&inode->i_data, GFP_KERNEL);
	device->bd_mapping = &inode->i_data;
	device->bd_nr_sectors = DIV_ROUND_UP(size, SECTOR_SIZE);
	sb->s_bdev = device;
	sb->s_blocksize = block_size;
	sb->s_blocksize_bits = ilog2(block_size);
	sb->s_fs_info = info;
	for (pgoff_t page = 0; page < DIV_ROUND_UP(size, PAGE_SIZE); page++)
		folio_put(read_mapping_folio(&inode->i_data, page, NULL));
	return sb;
}
