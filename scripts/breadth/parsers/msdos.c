// SPDX-License-Identifier: MIT
// A PC's table: a primary partition, and an extended one with a logical one in it; cut short, with each byte changed, and a loop.
#include "disk.h"

static struct parsed_partitions *state;

static long read_msdos(u8 *bytes, size_t size)
{
	/* 0: it is no such table. */
	return read_table(state, msdos_partition, bytes, size) - 1;
}

static void put_entry(u8 *sector, int slot, u8 type, u32 start, u32 length)
{
	u8 *entry = sector + 446 + 16 * slot;

	entry[4] = type;
	put_unaligned_le32(start, entry + 8);
	put_unaligned_le32(length, entry + 12);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

static int __init check_msdos(void)
{
	enum { SIZE = 16 * SECTOR_SIZE };
	u8 *disk = kzalloc(SIZE, GFP_KERNEL);

	state = new_disk();
	put_entry(disk, 0, 0x83, 1, 4);
	put_entry(disk, 1, 0x05, 8, 8);
	put_entry(disk + 8 * SECTOR_SIZE, 0, 0x83, 1, 3);
	CHECK(parse(read_msdos, disk, SIZE) == 0);
	CHECK(state->parts[1].from == 1 && state->parts[1].size == 4);
	CHECK(state->parts[2].from == 8 && state->parts[5].from == 9 && state->parts[5].size == 3);
	/* The next table is the one that names it. */
	put_entry(disk + 8 * SECTOR_SIZE, 1, 0x05, 0, 8);
	CHECK(parse(read_msdos, disk, SIZE) == 0 && state->next <= PARTITIONS);
	for (size_t size = 0; size < SECTOR_SIZE; size += 64)
		CHECK(parse(read_msdos, disk, size) < 0);
	for (size_t size = SECTOR_SIZE; size < SIZE; size += SECTOR_SIZE)
		parse(read_msdos, disk, size);
	parse_changed(read_msdos, disk, SECTOR_SIZE);
	for (int at = 446; at < 512; at++) {
		for (int value = 0; value < 256; value += 51) {
			u8 before = disk[at];

			disk[at] = value;
			parse(read_msdos, disk, SIZE);
			disk[at] = before;
		}
	}
	kfree(disk);
	return 0;
}
CHECKS(check_msdos);
