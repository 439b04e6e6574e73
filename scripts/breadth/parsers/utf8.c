// SPDX-License-Identifier: MIT
// Names in UTF-8: normalized, without case, and ones that are none.
#include <linux/unicode.h>
#include "check.h"

static struct unicode_map *map;
static u8 *folded;
static size_t room = 64;

static long fold(u8 *bytes, size_t size)
{
	struct qstr name = QSTR_INIT(bytes, size);

	return utf8_casefold(map, &name, folded, room);
}

static long valid(u8 *bytes, size_t size)
{
	struct qstr name = QSTR_INIT(bytes, size);

	return utf8_validate(map, &name);
}

static int __init check_utf8(void)
{
	/* A, a with diaeresis, capital sharp s */
	static const u8 name[] = { 'A', 0xc3, 0x84, 0xe1, 0xba, 0x9e };
	static const u8 *not_utf8[] = { "\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff" };
	const struct qstr upper = QSTR_INIT("ABC", 3), lower = QSTR_INIT("abc", 3);

	map = utf8_load(UNICODE_AGE(12, 1, 0));
	CHECK(!IS_ERR(map));
	folded = kmalloc(room, GFP_KERNEL);
	CHECK(parse(fold, name, sizeof(name)) == 6 && memcmp(folded, "aa\xcc\x88ss", 6) == 0);
	CHECK(utf8_strncasecmp(map, &upper, &lower) == 0 && utf8_strncmp(map, &upper, &lower) == 1);
	CHECK(parse(valid, name, sizeof(name)) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(not_utf8); i++)
		CHECK(parse(valid, not_utf8[i], strlen(not_utf8[i])) < 0);
	/* Those that end inside a character. */
	CHECK(refused_parts(fold, name, sizeof(name)) == 3);
	parse_changed(fold, name, sizeof(name));
	for (room = 0; room <= 6; room++) {
		kfree(folded);
		folded = kmalloc(room, GFP_KERNEL);
		CHECK(parse(fold, name, sizeof(name)) < 0);
	}
	kfree(folded);
	utf8_unload(map);
	return 0;
}
CHECKS(check_utf8);
