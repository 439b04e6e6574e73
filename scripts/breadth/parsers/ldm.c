// SPDX-License-Identifier: MIT
// A table of Windows' dynamic disks: only its beginning, which must be refused, with each of its bytes changed.
#include "disk.h"

static struct parsed_partitions *state;

static long read_ldm(u8 *bytes, size_t size)
{
	return read_table(state, ldm_partition, bytes, size) - 1;
}

static int __init check_ldm(void)
{
	/* The private header is in sector 6, its database in the last MiB: a disk without it. */
	enum { SIZE = 12 * SECTOR_SIZE };
	u8 *disk = kzalloc(SIZE, GFP_KERNEL), *header = disk + 6 * SECTOR_SIZE;

	state = new_disk();
	CHECK(parse(read_ldm, disk, SIZE) < 0);
	disk[510] = 0x55;
	disk[511] = 0xaa;
	disk[446 + 4] = 0x42;
	memcpy(header, "PRIVHEAD", 8);
	put_unaligned_be16(2, header + 0x0c);
	put_unaligned_be16(11, header + 0x0e);
	put_unaligned_be64(63, header + 0x11b);
	put_unaligned_be64(1000, header + 0x123);
	put_unaligned_be64(1063, header + 0x12b);
	put_unaligned_be64(2048, header + 0x133);
	memcpy(header + 0x30, "12345678-1234-1234-1234-123456789012", 36);
	CHECK(parse(read_ldm, disk, SIZE) < 0);
	for (int at = 0; at < 0x140; at++) {
		header[at] ^= 255;
		CHECK(parse(read_ldm, disk, SIZE) < 0);
		header[at] ^= 255;
	}
	for (size_t size = 0; size < SIZE; size += SECTOR_SIZE)
		CHECK(parse(read_ldm, disk, size) < 0);
	kfree(disk);
	return 0;
}
CHECKS(check_ldm);
