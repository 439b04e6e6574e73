// SPDX-License-Identifier: MIT
// A GPT of one partition, with its sums: whole, cut short, and with each byte of its header and of its entry changed.
#include <linux/crc32.h>
#include "disk.h"
#include "../block/partitions/efi.h"

enum { ENTRIES = 4, BLOCKS = 16, SIZE = BLOCKS * SECTOR_SIZE };

static struct parsed_partitions *state;

static long read_gpt(u8 *bytes, size_t size)
{
	return read_table(state, efi_partition, bytes, size) - 1;
}

static u32 sum(const void *bytes, size_t size)
{
	return crc32(~0, bytes, size) ^ ~0;
}

static void put_header(u8 *disk, u64 at, u64 other, u64 entries)
{
	gpt_header *header = (void *)(disk + at * SECTOR_SIZE);

	*header = (gpt_header){
		.signature = cpu_to_le64(GPT_HEADER_SIGNATURE),
		.revision = cpu_to_le32(0x10000),
		.header_size = cpu_to_le32(92),
		.my_lba = cpu_to_le64(at),
		.alternate_lba = cpu_to_le64(other),
		.first_usable_lba = cpu_to_le64(3),
		.last_usable_lba = cpu_to_le64(BLOCKS - 3),
		.partition_entry_lba = cpu_to_le64(entries),
		.num_partition_entries = cpu_to_le32(ENTRIES),
		.sizeof_partition_entry = cpu_to_le32(sizeof(gpt_entry)),
		.partition_entry_array_crc32 = cpu_to_le32(sum(disk + entries * SECTOR_SIZE, ENTRIES * sizeof(gpt_entry))),
	};
	header->header_crc32 = cpu_to_le32(sum(header, 92));
}

static int __init check_gpt(void)
{
	u8 *disk = kzalloc(SIZE, GFP_KERNEL);
	gpt_entry *entry = (void *)(disk + 2 * SECTOR_SIZE);

	state = new_disk();
	disk[446 + 4] = EFI_PMBR_OSTYPE_EFI_GPT;
	put_unaligned_le32(1, disk + 446 + 8);
	put_unaligned_le32(BLOCKS - 1, disk + 446 + 12);
	disk[510] = 0x55;
	disk[511] = 0xaa;
	entry->partition_type_guid = PARTITION_BASIC_DATA_GUID;
	entry->starting_lba = cpu_to_le64(4);
	entry->ending_lba = cpu_to_le64(7);
	entry->partition_name[0] = cpu_to_le16('x');
	memcpy(disk + (BLOCKS - 2) * SECTOR_SIZE, disk + 2 * SECTOR_SIZE, SECTOR_SIZE);
	put_header(disk, 1, BLOCKS - 1, 2);
	put_header(disk, BLOCKS - 1, 1, BLOCKS - 2);
	CHECK(parse(read_gpt, disk, SIZE) == 0);
	CHECK(state->parts[1].from == 4 && state->parts[1].size == 4 && state->parts[1].has_info);
	CHECK(strcmp(state->parts[1].info.volname, "x") == 0);

	/* If the first header is broken, the one at the disk's end does not count, unless the kernel is told to (gpt). */
	disk[SECTOR_SIZE + 8] ^= 1;
	CHECK(parse(read_gpt, disk, SIZE) < 0);
	disk[SECTOR_SIZE + 8] ^= 1;
	for (size_t size = 0; size <= 2 * SECTOR_SIZE; size += SECTOR_SIZE)
		CHECK(parse(read_gpt, disk, size) < 0);
	for (int at = 0; at < 92; at++) {
		for (int bit = 0; bit < 8; bit += 7) {
			gpt_header *header = (void *)(disk + SECTOR_SIZE);

			disk[SECTOR_SIZE + at] ^= 1 << bit;
			parse(read_gpt, disk, SIZE);
			/* With the right sum, so that what it says is looked at. */
			header->header_crc32 = 0;
			header->header_crc32 = cpu_to_le32(sum(header, 92));
			parse(read_gpt, disk, SIZE);
			disk[SECTOR_SIZE + at] ^= 1 << bit;
			put_header(disk, 1, BLOCKS - 1, 2);
		}
	}
	for (int at = 0; at < sizeof(gpt_entry); at++) {
		((u8 *)entry)[at] ^= 255;
		put_header(disk, 1, BLOCKS - 1, 2);
		parse(read_gpt, disk, SIZE);
		((u8 *)entry)[at] ^= 255;
	}
	kfree(disk);
	return 0;
}
CHECKS(check_gpt);
