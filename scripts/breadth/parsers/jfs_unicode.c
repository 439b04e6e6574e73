// SPDX-License-Identifier: MIT
// Names of 16 bits to a character: to and from bytes, with and without a table, and longer than a name can be.
#include <linux/fs.h>
#include <linux/nls.h>
#include <linux/quota.h>
#include "../fs/jfs/jfs_filsys.h"
#include "../fs/jfs/jfs_incore.h"
#include "../fs/jfs/jfs_unicode.h"
#include "check.h"

static int name_of(struct super_block *sb, const char *text, struct component_name *name)
{
	struct dentry entry = { .d_sb = sb };

	entry.d_name.name = kmemdup(text, strlen(text) + 1, GFP_KERNEL);
	entry.d_name.len = strlen(text);
	int error = get_UCSname(name, &entry);

	kfree(entry.d_name.name);
	return error;
}

static int __init check_unicode(void)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	struct nls_table *utf8 = load_nls("utf8");
	__le16 *wide = kmemdup((__le16[]){ 'a', 0xe4, 0x20ac }, 6, GFP_KERNEL);
	char *bytes = kmalloc(JFS_NAME_MAX + 1, GFP_KERNEL), *text = kmalloc(4, GFP_KERNEL);
	struct component_name name;

	sb->s_fs_info = kzalloc(sizeof(struct jfs_sb_info), GFP_KERNEL);
	CHECK(jfs_strfromUCS_le(text, wide, 3, NULL) == 3 && strcmp(text, "a\xe4?") == 0);
	CHECK(jfs_strfromUCS_le(bytes, wide, 3, utf8) == 6 && strcmp(bytes, "a\xc3\xa4\xe2\x82\xac") == 0);
	CHECK(jfs_strfromUCS_le(text, wide, 0, NULL) == 0 && text[0] == 0);

	CHECK(name_of(sb, "\xc3\xa4", &name) == 0 && name.namlen == 2 && name.name[0] == 0xc3);
	free_UCSname(&name);
	JFS_SBI(sb)->nls_tab = utf8;
	CHECK(name_of(sb, "a\xc3\xa4", &name) == 0 && name.namlen == 2 && name.name[1] == 0xe4);
	free_UCSname(&name);
	CHECK(name_of(sb, "a\xc3", &name) < 0);
	memset(bytes, 'x', JFS_NAME_MAX + 1);
	bytes[JFS_NAME_MAX] = 0;
	CHECK(name_of(sb, bytes, &name) == 0 && name.namlen == JFS_NAME_MAX);
	free_UCSname(&name);
	kfree(wide);
	kfree(text);
	kfree(bytes);
	return 0;
}
CHECKS(check_unicode);
