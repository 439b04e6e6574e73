// SPDX-License-Identifier: MIT
// Free pages in random order: the parameter, and both ends of a list, each about half of the time.
#include "../mm/shuffle.h"
#include "check.h"

static int __init check_shuffle(void)
{
	int tails = 0;

	for (int i = 0; i < 1000; i++)
		tails += shuffle_pick_tail();
	CHECK(tails > 300 && tails < 700);
	return 0;
}
CHECKS(check_shuffle);
