// SPDX-License-Identifier: MIT
// Names of a Macintosh: there and back, with the character that may not be in a name, and longer than a name can be.
#include <linux/nls.h>
#include "../fs/hfs/hfs_fs.h"
#include "check.h"

static struct super_block *sb;

static int mac_of(const char *name, size_t length, struct hfs_name *mac)
{
	char *copy = kmemdup(name, length, GFP_KERNEL);
	struct qstr in = QSTR_INIT(copy, length);

	hfs_asc2mac(sb, mac, &in);
	kfree(copy);
	return mac->len;
}

static int __init check_names(void)
{
	struct hfs_name *mac = kmalloc(sizeof(*mac), GFP_KERNEL);
	char *name = kmalloc(HFS_MAX_NAMELEN, GFP_KERNEL);
	const char *longest = "0123456789012345678901234567890123456789";

	sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	sb->s_fs_info = kzalloc(sizeof(struct hfs_sb_info), GFP_KERNEL);
	for (int with_nls = 0; with_nls < 2; with_nls++) {
		CHECK(mac_of("a:b", 3, mac) == 3 && memcmp(mac->name, "a/b\0", 4) == 0);
		CHECK(hfs_mac2asc(sb, name, mac) == 3 && memcmp(name, "a:b", 3) == 0);
		CHECK(mac_of("", 0, mac) == 0 && hfs_mac2asc(sb, name, mac) == 0);
		CHECK(mac_of(longest, 40, mac) == HFS_NAMELEN && mac->name[HFS_NAMELEN - 1] == '0');
		mac->len = 255;
		CHECK(hfs_mac2asc(sb, name, mac) == HFS_NAMELEN && memcmp(name, longest, HFS_NAMELEN) == 0);
		HFS_SB(sb)->nls_io = load_nls("utf8");
		CHECK(HFS_SB(sb)->nls_io);
	}
	/* Two bytes for one character, and one of them. */
	CHECK(mac_of("\xc3\xa4", 2, mac) == 1 && mac->name[0] == 0xe4);
	CHECK(mac_of("\xc3", 1, mac) == 1 && mac->name[0] == '?');
	kfree(mac);
	kfree(name);
	return 0;
}
CHECKS(check_names);
