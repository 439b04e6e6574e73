// SPDX-License-Identifier: MIT
// Where a file's clusters are: packed and unpacked, cut short, with each byte changed, and beyond the volume.
#include <linux/buffer_head.h>
#include "../fs/ntfs3/debug.h"
#include "../fs/ntfs3/ntfs.h"
#include "../fs/ntfs3/ntfs_fs.h"
#include "check.h"

static struct ntfs_sb_info *volume;

/* Clusters 0 to 24 of a file. */
static long unpack(u8 *bytes, size_t size)
{
	struct runs_tree runs;

	run_init(&runs);
	int used = run_unpack(&runs, volume, 100, 0, 24, 0, bytes, size);

	run_close(&runs);
	return used;
}

static int __init check_runs(void)
{
	/* 16 clusters from 0x1234, 4 that are not there, 5 from 0x1234 - 0x34. */
	static const u8 packed[] = { 0x21, 16, 0x34, 0x12, 0x01, 4, 0x11, 5, 0xcc, 0 };
	u8 *again = kmalloc(sizeof(packed), GFP_KERNEL);
	struct runs_tree runs;
	CLST lcn, length, vcns;

	volume = kvzalloc(sizeof(*volume), GFP_KERNEL);
	volume->sb = kzalloc(sizeof(struct super_block), GFP_KERNEL);
	volume->used.bitmap.nbits = 0x2000;
	run_init(&runs);
	CHECK(run_unpack(&runs, volume, 100, 0, 24, 0, packed, sizeof(packed)) == sizeof(packed));
	CHECK(run_lookup_entry(&runs, 3, &lcn, &length, NULL) && lcn == 0x1237 && length == 13);
	CHECK(run_lookup_entry(&runs, 17, &lcn, &length, NULL) && lcn == SPARSE_LCN && length == 3);
	CHECK(run_lookup_entry(&runs, 20, &lcn, &length, NULL) && lcn == 0x1200 && length == 5);
	CHECK(!run_lookup_entry(&runs, 25, &lcn, &length, NULL));
	CHECK(run_pack(&runs, 0, 25, again, sizeof(packed), &vcns) == sizeof(packed) && vcns == 25);
	CHECK(memcmp(again, packed, sizeof(packed)) == 0);
	run_close(&runs);
	/* What ends the list may be left out. */
	CHECK(refused_parts(unpack, packed, sizeof(packed)) == sizeof(packed) - 1);
	parse_changed(unpack, packed, sizeof(packed));
	volume->used.bitmap.nbits = 0x1000;
	CHECK(parse(unpack, packed, sizeof(packed)) == -EINVAL);
	kfree(again);
	return 0;
}
CHECKS(check_runs);
