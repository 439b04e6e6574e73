// SPDX-License-Identifier: MIT
// Names of a Macintosh in Unicode: taken apart and put together, with case and without, Hangul, and longer than there is room for.
#include <linux/nls.h>
#include "../fs/hfsplus/hfsplus_fs.h"
#include "check.h"

static struct super_block *sb;

static int wide_of(const char *text, size_t length, struct hfsplus_unistr *wide, int room)
{
	char *copy = kmemdup(text, length, GFP_KERNEL);
	int error = hfsplus_asc2uni(sb, wide, room, copy, length);

	kfree(copy);
	return error ? error : be16_to_cpu(wide->length);
}

static int __init check_unicode(void)
{
	struct hfsplus_unistr *wide = kzalloc(sizeof(*wide), GFP_KERNEL);
	char *text = kmalloc(64, GFP_KERNEL);
	int length;

	sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	sb->s_fs_info = kzalloc(sizeof(struct hfsplus_sb_info), GFP_KERNEL);
	HFSPLUS_SB(sb)->nls = load_nls("utf8");
	CHECK(HFSPLUS_SB(sb)->nls);
	/* a with diaeresis is a and a diaeresis; the syllable han is three letters. */
	CHECK(wide_of("\xc3\xa4", 2, wide, 255) == 2 && be16_to_cpu(wide->unicode[1]) == 0x308);
	length = 64;
	CHECK(hfsplus_uni2asc_str(sb, wide, text, &length) == 0 && length == 2 && memcmp(text, "\xc3\xa4", 2) == 0);
	CHECK(wide_of("\xed\x95\x9c", 3, wide, 255) == 3);
	length = 64;
	CHECK(hfsplus_uni2asc_str(sb, wide, text, &length) == 0 && length == 3 && memcmp(text, "\xed\x95\x9c", 3) == 0);
	/* What separates folders may be in a name here, and what does so there may be in a name elsewhere. */
	CHECK(wide_of("a:b", 3, wide, 255) == 3 && be16_to_cpu(wide->unicode[1]) == '/');
	length = 64;
	CHECK(hfsplus_uni2asc_str(sb, wide, text, &length) == 0 && length == 3 && memcmp(text, "a:b", 3) == 0);
	/* Room for one character, and for a part of a name. */
	CHECK(wide_of("\xc3\xa4", 2, wide, 1) == -ENAMETOOLONG && wide_of("abc", 3, wide, 2) == -ENAMETOOLONG);
	length = 2;
	CHECK(hfsplus_uni2asc_str(sb, wide, text, &length) == 0 || length <= 2);
	/* A length beyond what a name can have. */
	memset(wide, 0xff, sizeof(*wide));
	length = 64;
	hfsplus_uni2asc_str(sb, wide, text, &length);
	CHECK(length <= 64);
	CHECK(wide_of("\xc3", 1, wide, 255) == 1 && be16_to_cpu(wide->unicode[0]) == '?');
	CHECK(wide_of("", 0, wide, 255) == 0);

	struct hfsplus_unistr *upper = kzalloc(sizeof(*upper), GFP_KERNEL);

	CHECK(wide_of("abc", 3, wide, 255) == 3 && wide_of("ABC", 3, upper, 255) == 3);
	CHECK(hfsplus_strcasecmp(wide, upper) == 0 && hfsplus_strcmp(wide, upper) > 0);
	CHECK(wide_of("ABCD", 4, upper, 255) == 4 && hfsplus_strcasecmp(wide, upper) < 0);
	kfree(wide);
	kfree(upper);
	kfree(text);
	return 0;
}
CHECKS(check_unicode);
