// SPDX-License-Identifier: MIT
// Dates of a CD: in bytes, with a zone, in digits, and one that no calendar has.
#include <linux/time.h>
#include "check.h"

/* fs/isofs/isofs.h */
struct timespec64 iso_date(u8 *p, int flags);
enum { HIGH_SIERRA = 1, LONG_FORM = 2 };

static time64_t seconds(u8 *bytes, int flags)
{
	struct timespec64 time = iso_date(bytes, flags);

	kfree(bytes);
	return time.tv_sec;
}

static int __init check_iso_date(void)
{
	u8 *digits = kmemdup("2000022900000050", 17, GFP_KERNEL);

	CHECK(seconds(BYTES(100, 2, 29, 0, 0, 0, 0), 0) == 951782400);
	CHECK(seconds(BYTES(100, 2, 29, 0, 0, 0, 4), 0) == 951782400 - 3600);
	CHECK(seconds(BYTES(100, 2, 29, 0, 0, 0, 0xfc), 0) == 951782400 + 3600);
	CHECK(seconds(BYTES(100, 2, 29, 0, 0, 0, 99), 0) == 951782400);
	CHECK(seconds(BYTES(100, 2, 29, 0, 0, 0), HIGH_SIERRA) == 951782400);
	CHECK(iso_date(digits, LONG_FORM).tv_nsec == 500000000);
	CHECK(seconds(digits, LONG_FORM) == 951782400);
	return 0;
}
CHECKS(check_iso_date);
