// SPDX-License-Identifier: MIT
// Hashes of names: the same for the same name, others for other names, of every length, and none of an unknown kind.
#include "../fs/ext4/ext4.h"
#include "check.h"

static struct inode *dir;
static int kind;

static long hash_of(u8 *name, size_t length)
{
	static u32 seed[4] = { 1, 2, 3, 4 };
	struct dx_hash_info info = { .hash_version = kind, .seed = seed };
	int error = ext4fs_dirhash(dir, name, length, &info);

	return error ? error : (long)info.hash;
}

static int __init check_hash(void)
{
	u8 name[255];

	dir = kzalloc(sizeof(struct ext4_inode_info), GFP_KERNEL);
	dir = &((struct ext4_inode_info *)dir)->vfs_inode;
	dir->i_sb = kzalloc(sizeof(struct super_block), GFP_KERNEL);
	dir->i_sb->s_fs_info = kzalloc(sizeof(struct ext4_sb_info), GFP_KERNEL);
	memset(name, 0xe4, sizeof(name));
	for (kind = DX_HASH_LEGACY; kind <= DX_HASH_TEA_UNSIGNED; kind++) {
		long before = 0;

		for (size_t length = 1; length <= sizeof(name); length++) {
			long hash = parse(hash_of, name, length);

			/* Its lowest bit marks collisions. */
			CHECK(hash > 0 && (hash & 1) == 0);
			CHECK(hash == parse(hash_of, name, length) && hash != before);
			before = hash;
		}
	}
	kind = 99;
	CHECK(parse(hash_of, name, 3) == -EINVAL);
	return 0;
}
CHECKS(check_hash);
