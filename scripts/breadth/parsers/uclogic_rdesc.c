// SPDX-License-Identifier: MIT
// A tablet's report descriptor: placeholders of a template, whole and at its end.
#include "check.h"

u8 *uclogic_rdesc_template_apply(const u8 *template_ptr, size_t template_size, const s32 *param_list, size_t param_num);

static bool becomes(u8 *template, size_t size, const u8 *expected)
{
	static const s32 values[] = { 0x11223344 };
	u8 *made = uclogic_rdesc_template_apply(template, size, values, ARRAY_SIZE(values));
	bool same = made && memcmp(made, expected, size) == 0;

	kfree(template);
	kfree(made);
	return same;
}

static int __init check_rdesc(void)
{
	CHECK(becomes(BYTES(0x26, 0xfe, 0xed, 0x1d, 0, 1), 6, (u8[]){ 0x26, 0x44, 0x33, 0x22, 0x11, 1 }));
	/* No value has this number. */
	CHECK(becomes(BYTES(0x26, 0xfe, 0xed, 0x1d, 1), 5, (u8[]){ 0x26, 0xfe, 0xed, 0x1d, 1 }));
	/* The number is cut off. */
	CHECK(becomes(BYTES(0xfe, 0xed, 0x1d), 3, (u8[]){ 0xfe, 0xed, 0x1d }));
	CHECK(becomes(BYTES(0xfe), 1, (u8[]){ 0xfe }));
	return 0;
}
CHECKS(check_rdesc);
