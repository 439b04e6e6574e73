/* SPDX-License-Identifier: MIT */
/* A disk whose sectors are some bytes, for partition tables. */
#include <linux/pagemap.h>
#include "check.h"
/* The kernel's header may be included once. */
#ifndef HAS_PARSED_PARTITIONS
#include "../block/partitions/check.h"
#endif

enum { PARTITIONS = 16 };

static u8 *sectors;
static size_t sectors_size;

static int read_sectors(struct file *file, struct folio *folio)
{
	loff_t at = folio_pos(folio);
	u8 *page = folio_address(folio);

	memset(page, 0, PAGE_SIZE);
	if (at < sectors_size)
		memcpy(page, sectors + at, min(sectors_size - at, PAGE_SIZE));
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static const struct address_space_operations disk_operations = { .read_folio = read_sectors };

static struct parsed_partitions *new_disk(void)
{
	struct parsed_partitions *state = kzalloc(sizeof(*state), GFP_KERNEL);
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	struct gendisk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);

	state->parts = kcalloc(PARTITIONS, sizeof(state->parts[0]), GFP_KERNEL);
	state->pp_buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
	state->limit = PARTITIONS;
	state->disk = disk;
	strcpy(state->name, "sda");
	strcpy(disk->disk_name, "sda");
	disk->queue = kzalloc(sizeof(struct request_queue), GFP_KERNEL);
	disk->queue->limits.logical_block_size = SECTOR_SIZE;
	inode->i_sb = kzalloc(sizeof(struct super_block), GFP_KERNEL);
	inode->i_mapping = &inode->i_data;
	address_space_init_once(&inode->i_data);
	inode->i_data.host = inode;
	inode->i_data.a_ops = &disk_operations;
	mapping_set_gfp_mask(&inode->i_data, GFP_KERNEL);
	disk->part0 = kzalloc(sizeof(struct block_device), GFP_KERNEL);
	disk->part0->bd_mapping = &inode->i_data;
	disk->part0->bd_disk = disk;
	disk->part0->bd_queue = disk->queue;
	return state;
}

/* Reads a table from some bytes: what a partition function of the kernel makes of a disk that has just them. */
static int read_table(struct parsed_partitions *state, int (*read)(struct parsed_partitions *), u8 *bytes, size_t size)
{
	sectors = bytes;
	sectors_size = size;
	state->disk->part0->bd_nr_sectors = DIV_ROUND_UP(size, SECTOR_SIZE);
	state->access_beyond_eod = false;
	state->next = 1;
	state->pp_buf[0] = 0;
	memset(state->parts, 0, PARTITIONS * sizeof(state->parts[0]));
	int result = read(state);

	invalidate_mapping_pages(state->disk->part0->bd_mapping, 0, -1);
	return result;
}
