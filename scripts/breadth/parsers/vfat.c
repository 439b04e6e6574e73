// SPDX-License-Identifier: MIT
// Long names of DOS: as 16 bits to a character, escaped, too long, and as short names. Only a mounted volume calls these functions, so they
// are reached from inside.
#include <linux/nls.h>
#include "../fs/fat/namei_vfat.c"
#include "check.h"

static struct nls_table *table;
static bool escaped, utf8;

/* The number of characters. */
static long wide_of(u8 *bytes, size_t size)
{
	/* As vfat_build_slots() has it: whole slots of the longest name. */
	u8 *wide = kmalloc((FAT_LFN_LEN + 13 + 2) * sizeof(wchar_t), GFP_KERNEL);
	int length = 0, room = 0;
	int error = xlate_to_uni(bytes, size, wide, &length, &room, escaped, utf8, table);

	kfree(wide);
	return error ? error : room % 13 == 0 ? length : -ERANGE;
}

static int __init check_vfat(void)
{
	static const u8 name[] = { 'a', 0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80 };
	u8 *longest = kmalloc(300, GFP_KERNEL);
	wchar_t wide[] = { 'r', 'e', 'a', 'd', 'm', 'e' };

	table = load_nls("iso8859-1");
	CHECK(table);
	memset(longest, 'x', 300);
	CHECK(parse(wide_of, name, sizeof(name)) == 7);
	CHECK(parse(wide_of, longest, 255) == 255 && parse(wide_of, longest, 256) == -ENAMETOOLONG);
	escaped = true;
	CHECK(parse(wide_of, ":20ac", 5) == 1 && parse(wide_of, ":20a", 4) == -EINVAL && parse(wide_of, ":20ax", 5) == -EINVAL);
	CHECK(refused_parts(wide_of, ":20ac", 5) == 4);
	utf8 = true;
	CHECK(parse(wide_of, name, sizeof(name)) == 4);
	CHECK(parse(wide_of, longest, 255) == 255 && parse(wide_of, longest, 256) == -ENAMETOOLONG);
	/* Parts of a character are none. */
	CHECK(parse(wide_of, name, 2) == -EINVAL);
	parse_changed(wide_of, name, sizeof(name));

	CHECK(vfat_bad_char('*') && vfat_bad_char(31) && !vfat_bad_char('+') && vfat_replace_char('+') && vfat_skip_char('.'));
	CHECK(vfat_is_used_badchars(wide, 6) == 0);
	wide[5] = '?';
	CHECK(vfat_is_used_badchars(wide, 6) == -EINVAL);
	wide[5] = ' ';
	CHECK(vfat_is_used_badchars(wide, 6) == -EINVAL);
	CHECK(vfat_striptail_len(&(struct qstr)QSTR_INIT("name...", 7)) == 4 && vfat_striptail_len(&(struct qstr)QSTR_INIT("..", 2)) == 0);
	kfree(longest);
	return 0;
}
CHECKS(check_vfat);
