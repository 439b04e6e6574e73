// SPDX-License-Identifier: MIT
// Ranges that are added, merged, cut in two and sorted.
#include <linux/range.h>
#include "check.h"

enum { SLOTS = 4 };

static bool is(const struct range *range, u64 start, u64 end)
{
	return range->start == start && range->end == end;
}

static int __init check_range(void)
{
	struct range *range = kcalloc(SLOTS, sizeof(*range), GFP_KERNEL);
	int count = 0;

	count = add_range(range, SLOTS, count, 100, 200);
	count = add_range(range, SLOTS, count, 50, 60);
	CHECK(count == 2);
	CHECK(add_range(range, SLOTS, count, 7, 7) == 2);
	count = add_range_with_merge(range, SLOTS, count, 150, 300);
	CHECK(count == 2);
	CHECK(clean_sort_range(range, SLOTS) == 2);
	CHECK(is(&range[0], 50, 60) && is(&range[1], 100, 300));
	subtract_range(range, SLOTS, 120, 130);
	CHECK(clean_sort_range(range, SLOTS) == 3);
	sort_range(range, 3);
	CHECK(is(&range[0], 50, 60) && is(&range[1], 100, 120) && is(&range[2], 130, 300));
	count = add_range(range, SLOTS, 3, 400, 500);
	CHECK(count == 4 && add_range(range, SLOTS, count, 600, 700) == 4);
	kfree(range);
	return 0;
}
CHECKS(check_range);
