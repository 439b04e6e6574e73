// SPDX-License-Identifier: MIT
// Sets of bits of a security policy: set, compared, and read from bytes that are whole, cut off and wrong.
#include "security.h"
#include "../security/selinux/ss/ebitmap.h"
#include "check.h"

/* security/selinux/ss/policydb.h */
struct policy_file {
	char *data;
	size_t len;
};

static int read_bits(struct ebitmap *bits, u8 *bytes, size_t length)
{
	struct policy_file file = { .data = bytes, .len = length };
	int error = ebitmap_read(bits, &file);

	kfree(bytes);
	return error;
}

static int __init check_ebitmap(void)
{
	struct ebitmap a, b;

	ebitmap_cache_init();
	ebitmap_init(&a);
	ebitmap_init(&b);
	for (u32 bit = 5000; bit > 0; bit /= 3)
		CHECK(ebitmap_set_bit(&a, bit, 1) == 0);
	CHECK(ebitmap_get_bit(&a, 5000) && ebitmap_get_bit(&a, 2) && !ebitmap_get_bit(&a, 1));
	CHECK(ebitmap_cpy(&b, &a) == 0 && ebitmap_cmp(&a, &b));
	CHECK(ebitmap_set_bit(&b, 5000, 0) == 0 && !ebitmap_cmp(&a, &b) && ebitmap_contains(&a, &b, 0));
	ebitmap_destroy(&a);
	ebitmap_destroy(&b);

	/* 64 bits to a word, 128 bits in all, one word: bits 64 and 71. */
	CHECK(read_bits(&a, BYTES(64, 0, 0, 0, 128, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0), 24) == 0);
	CHECK(ebitmap_get_bit(&a, 64) && ebitmap_get_bit(&a, 71) && !ebitmap_get_bit(&a, 0));
	ebitmap_destroy(&a);
	CHECK(read_bits(&a, BYTES(64, 0, 0, 0, 128, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0), 16) < 0);
	CHECK(read_bits(&a, BYTES(63, 0, 0, 0, 128, 0, 0, 0, 1, 0, 0, 0), 12) == -EINVAL);
	CHECK(read_bits(&a, BYTES(64, 0), 2) == -EINVAL);
	return 0;
}
CHECKS(check_ebitmap);
