// SPDX-License-Identifier: MIT
// Partitions of the command line: with names, flags and places, and ones that do not fit. A boot gives the line (blkdevparts=), so what
// takes it is reached from inside.
#include "../block/partitions/cmdline.c"
#define HAS_PARSED_PARTITIONS
#include "disk.h"

static struct parsed_partitions *state;
static u8 disk[64 * SECTOR_SIZE];

/* 1: they are there; 0: there are none; -1: the line is wrong. */
static int partitions_of(const char *line)
{
	char *copy = kmemdup(line, strlen(line) + 1, GFP_KERNEL);

	cmdline_parts_setup(copy);
	int result = read_table(state, cmdline_partition, disk, sizeof(disk));

	kfree(copy);
	return result;
}

static int __init check_cmdline(void)
{
	static const char whole[] = "sdb:4k(x);sda:4k@2k(boot)ro,8k(root),-(rest)";

	state = new_disk();
	CHECK(partitions_of(whole) == 1);
	CHECK(state->parts[1].from == 4 && state->parts[1].size == 8 && strcmp(state->parts[1].info.volname, "boot") == 0);
	CHECK(state->parts[2].from == 12 && state->parts[2].size == 16);
	CHECK(state->parts[3].from == 28 && state->parts[3].size == 64 - 28);
	CHECK(partitions_of("sda:100k(large)") == 1 && state->parts[1].size == 64);
	CHECK(partitions_of("sdc:4k") == 0);
	CHECK(partitions_of("sda") == -1 && partitions_of("sda:0") == -1);
	/* A name without an end is left out: 6.12 goes on with the NULL that strsep() leaves in parse_subpart(), and crashes. */
	for (size_t length = 0; length < strlen(whole); length++) {
		char *part = kmemdup_nul(whole, length, GFP_KERNEL);

		if (strrchr(part, '(') <= strrchr(part, ')'))
			partitions_of(part);
		kfree(part);
	}
	return 0;
}
CHECKS(check_cmdline);
