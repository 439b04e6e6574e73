// SPDX-License-Identifier: MIT
// Partitions of flash memory on the command line: with names, flags and places, cut short, and ones that do not fit. A boot gives the line
// (mtdparts=), so what takes it is reached from inside.
#include "../drivers/mtd/parsers/cmdlinepart.c"
#include "check.h"

static struct mtd_info *flash;
static const struct mtd_partition *found;

/* How many there are. */
static long partitions_of(u8 *line, size_t size)
{
	char *text = kmemdup_nul(line, size, GFP_KERNEL);
	int count = mtdpart_setup_real(text);

	partitions = NULL;
	kfree(text);
	return count;
}

static int parts_of(const char *line)
{
	char *text = kmemdup_nul(line, strlen(line), GFP_KERNEL);
	int count;

	partitions = NULL;
	mtdparts = text;
	cmdline = text;
	cmdline_parsed = 0;
	count = parse_cmdline_partitions(flash, &found, NULL);
	kfree(text);
	return count;
}

static int __init check_mtd(void)
{
	static const char whole[] = "other:1M(x);flash0:256k(boot)ro,1M@512k(ker:nel)lk,-(rest)";

	flash = kzalloc(sizeof(*flash), GFP_KERNEL);
	flash->name = "flash0";
	flash->size = SZ_4M;
	CHECK(parts_of(whole) == 3);
	CHECK(found[0].size == SZ_256K && found[0].offset == 0 && found[0].mask_flags == MTD_WRITEABLE);
	CHECK(found[1].offset == SZ_512K && found[1].mask_flags == MTD_POWERUP_LOCK && strcmp(found[1].name, "ker:nel") == 0);
	CHECK(found[2].offset == SZ_512K + SZ_1M && found[2].size == SZ_4M - SZ_512K - SZ_1M);
	kfree(found);
	/* Without a name, and larger than what there is. */
	CHECK(parts_of("flash0:1M,8M") == 2 && strcmp(found[0].name, "Partition_000") == 0 && found[1].size == SZ_4M - SZ_1M);
	kfree(found);
	CHECK(parts_of("flash1:1M") == 0 && parts_of("1M") == -EINVAL && parts_of("flash0:0") == -EINVAL);
	CHECK(parts_of("flash0:1M(no end") == -EINVAL && parts_of("flash0:-,1M") == -EINVAL && parts_of("flash0:1M?") == -EINVAL);
	refused_parts(partitions_of, whole, strlen(whole));
	parse_changed(partitions_of, whole, strlen(whole));
	return 0;
}
CHECKS(check_mtd);
