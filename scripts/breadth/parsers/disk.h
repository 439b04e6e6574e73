/* SPDX-License-Identifier: MIT */
/* A disk whose sectors are some bytes, for partition tables. read_part_sector.c gives a table's reader its sectors. */
#include "check.h"
/* The kernel's header may be included once. */
#ifndef HAS_PARSED_PARTITIONS
#include "../block/partitions/check.h"
#endif

enum { PARTITIONS = 16 };

static struct parsed_partitions *new_disk(void)
{
	struct parsed_partitions *state = kzalloc(sizeof(*state), GFP_KERNEL);
	struct gendisk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);

	state->parts = kcalloc(PARTITIONS, sizeof(state->parts[0]), GFP_KERNEL);
	state->pp_buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
	state->limit = PARTITIONS;
	state->disk = disk;
	strcpy(state->name, "sda");
	strcpy(disk->disk_name, "sda");
	disk->queue = kzalloc(sizeof(struct request_queue), GFP_KERNEL);
	disk->queue->limits.logical_block_size = SECTOR_SIZE;
	disk->part0 = kzalloc(sizeof(struct block_device), GFP_KERNEL);
	disk->part0->bd_disk = disk;
	disk->part0->bd_queue = disk->queue;
	return state;
}

/* Reads a table from some bytes: what a partition function of the kernel makes of a disk that has just them. */
static int read_table(struct parsed_partitions *state, int (*read)(struct parsed_partitions *), u8 *bytes, size_t size)
{
	state->disk->private_data = bytes;
	state->disk->part0->bd_nr_sectors = DIV_ROUND_UP(size, SECTOR_SIZE);
	/* The bytes behind the last whole sector are in a copy, as a disk has whole sectors. */
	if (size % SECTOR_SIZE) {
		u8 *whole = kzalloc(ALIGN(size, SECTOR_SIZE), GFP_KERNEL);

		memcpy(whole, bytes, size);
		state->disk->private_data = whole;
	}
	state->access_beyond_eod = false;
	state->next = 1;
	state->pp_buf[0] = 0;
	memset(state->parts, 0, PARTITIONS * sizeof(state->parts[0]));
	int result = read(state);

	if (size % SECTOR_SIZE)
		kfree(state->disk->private_data);
	return result;
}
