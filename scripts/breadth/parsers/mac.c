// SPDX-License-Identifier: MIT
// A Macintosh's map: of two partitions, cut short, with each byte changed, and with blocks of odd sizes.
#include "disk.h"
#include "../block/partitions/mac.h"

static struct parsed_partitions *state;

static long read_mac(u8 *bytes, size_t size)
{
	return read_table(state, mac_partition, bytes, size) - 1;
}

static int __init check_mac(void)
{
	enum { SIZE = 4 * SECTOR_SIZE };
	u8 *disk = kzalloc(SIZE, GFP_KERNEL);
	struct mac_driver_desc *driver = (void *)disk;

	state = new_disk();
	driver->signature = cpu_to_be16(MAC_DRIVER_MAGIC);
	driver->block_size = cpu_to_be16(SECTOR_SIZE);
	for (int i = 1; i <= 2; i++) {
		struct mac_partition *part = (void *)(disk + i * SECTOR_SIZE);

		part->signature = cpu_to_be16(MAC_PARTITION_MAGIC);
		part->map_count = cpu_to_be32(2);
		part->start_block = cpu_to_be32(10 * i);
		part->block_count = cpu_to_be32(5);
		strcpy(part->type, i == 1 ? "Apple_HFS" : "Linux_RAID");
	}
	CHECK(parse(read_mac, disk, SIZE) == 0);
	CHECK(state->parts[1].from == 10 && state->parts[2].from == 20 && state->parts[2].size == 5);
	CHECK(state->parts[2].flags == ADDPART_FLAG_RAID && state->parts[1].flags == 0);
	for (u32 size = 0; size < 65536; size = size * 2 + 1) {
		driver->block_size = cpu_to_be16(size);
		parse(read_mac, disk, SIZE);
		driver->block_size = cpu_to_be16(size + 1);
		parse(read_mac, disk, SIZE);
	}
	driver->block_size = cpu_to_be16(SECTOR_SIZE);
	for (size_t size = 0; size < 2 * SECTOR_SIZE; size += 256)
		CHECK(parse(read_mac, disk, size) < 0);
	parse_changed(read_mac, disk, 128);
	for (int at = SECTOR_SIZE; at < SECTOR_SIZE + 128; at++) {
		disk[at] ^= 255;
		parse(read_mac, disk, SIZE);
		disk[at] ^= 255;
	}
	kfree(disk);
	return 0;
}
CHECKS(check_mac);
