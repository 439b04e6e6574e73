// SPDX-License-Identifier: MIT
// Dates: the first one, one before it, a leap day, and one with an offset.
#include <linux/time.h>
#include "check.h"

static bool is(time64_t time, int offset, long year, int month, int day, int hour, int weekday)
{
	struct tm tm;

	time64_to_tm(time, offset, &tm);
	return tm.tm_year == year - 1900 && tm.tm_mon == month - 1 && tm.tm_mday == day && tm.tm_hour == hour &&
	       tm.tm_wday == weekday;
}

static int __init check_timeconv(void)
{
	CHECK(is(0, 0, 1970, 1, 1, 0, 4));
	CHECK(is(-1, 0, 1969, 12, 31, 23, 3));
	CHECK(is(951782400, 0, 2000, 2, 29, 0, 2));
	CHECK(is(951782400, 3600, 2000, 2, 29, 1, 2));
	CHECK(is(4102444800, 0, 2100, 1, 1, 0, 5));
	return 0;
}
CHECKS(check_timeconv);
