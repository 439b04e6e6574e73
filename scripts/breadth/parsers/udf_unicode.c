// SPDX-License-Identifier: MIT
// Names of a DVD, 8 and 16 bits to a character: there and back, cut short, with each byte changed, and into less room than they need.
#include "../fs/udf/udfdecl.h"
#include "../fs/udf/udf_sb.h"
#include "check.h"

static struct super_block *sb;
static char *name;
static int room = 254;

static long name_of(u8 *bytes, size_t size)
{
	return udf_get_filename(sb, bytes, size, name, room);
}

static int __init check_udf(void)
{
	static const u8 wide[] = { 16, 0x20, 0xac, 0, 'a', 0xd8, 0x3d, 0xde, 0 }, lone[] = { 16, 0xde, 0x00 };
	u8 *back = kmalloc(sizeof(wide), GFP_KERNEL), *label = kzalloc(32, GFP_KERNEL);

	sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	sb->s_fs_info = kzalloc(sizeof(struct udf_sb_info), GFP_KERNEL);
	name = kmalloc(room, GFP_KERNEL);
	CHECK(parse(name_of, (u8[]){ 8, 'a', '.', 'b' }, 4) == 3 && memcmp(name, "a.b", 3) == 0);
	CHECK(parse(name_of, wide, sizeof(wide)) == 8 && memcmp(name, "\xe2\x82\xac" "a\xf0\x9f\x98\x80", 8) == 0);
	CHECK(udf_put_filename(sb, name, 8, back, sizeof(wide)) == sizeof(wide) && memcmp(back, wide, sizeof(wide)) == 0);
	/* Its name, and a sum of it, for what cannot be a name. */
	CHECK(parse(name_of, (u8[]){ 8, 'a', '/', 'b' }, 4) == 8 && memcmp(name, "a_b#", 4) == 0);
	CHECK(parse(name_of, (u8[]){ 8, '.', '.' }, 3) == 7 && memcmp(name, "..#", 3) == 0);
	CHECK(parse(name_of, lone, sizeof(lone)) == 6 && name[0] == '_');
	CHECK(parse(name_of, (u8[]){ 9, 'a' }, 2) == -EINVAL && parse(name_of, (u8[]){ 8 }, 1) == -EINVAL);
	/* Those without their first byte, without a character, and with half of one; half of a pair is a character. */
	CHECK(refused_parts(name_of, wide, sizeof(wide)) == 6);
	parse_changed(name_of, wide, sizeof(wide));
	for (room = 1; room < 8; room++)
		CHECK(parse(name_of, wide, sizeof(wide)) <= room);

	label[0] = 8;
	label[1] = 'x';
	label[31] = 2;
	CHECK(udf_dstrCS0toChar(sb, name, 31, label, 32) == 1 && name[0] == 'x');
	label[31] = 200;
	CHECK(udf_dstrCS0toChar(sb, name, 31, label, 32) <= 31);
	kfree(back);
	kfree(label);
	kfree(name);
	return 0;
}
CHECKS(check_udf);
