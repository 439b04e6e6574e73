// SPDX-License-Identifier: MIT
// All tristate numbers of three bits: each sum, product and so on of their members is a member of the result.
#include <linux/tnum.h>
#include "check.h"

static bool has(struct tnum set, u64 value)
{
	return (value & ~set.mask) == set.value;
}

static int check_pair(struct tnum a, struct tnum b)
{
	for (u64 x = 0; x < 8; x++) {
		for (u64 y = 0; y < 8; y++) {
			if (!has(a, x) || !has(b, y))
				continue;
			CHECK(has(tnum_add(a, b), x + y));
			CHECK(has(tnum_sub(a, b), x - y));
			CHECK(has(tnum_mul(a, b), x * y));
			CHECK(has(tnum_and(a, b), x & y));
			CHECK(has(tnum_or(a, b), x | y));
			CHECK(has(tnum_xor(a, b), x ^ y));
		}
	}
	return 0;
}

static int __init check_tnum(void)
{
	char text[40];

	for (int i = 0; i < 64; i++) {
		for (int j = 0; j < 64; j++) {
			struct tnum a = { .value = i & 7, .mask = i >> 3 }, b = { .value = j & 7, .mask = j >> 3 };

			if (!(a.value & a.mask) && !(b.value & b.mask) && check_pair(a, b))
				return -EINVAL;
		}
	}
	CHECK(tnum_in(tnum_range(0, 3), tnum_const(2)) && !tnum_in(tnum_range(0, 3), tnum_const(4)));
	CHECK(tnum_is_aligned(tnum_lshift(tnum_range(0, 7), 4), 16));
	CHECK(tnum_strn(text, sizeof(text), tnum_range(8, 9)) > 0 && strcmp(text, "(0x8; 0x1)") == 0);
	return 0;
}
CHECKS(check_tnum);
