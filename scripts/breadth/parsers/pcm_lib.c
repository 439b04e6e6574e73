// SPDX-License-Identifier: MIT
// Rates of sound: ranges that are narrowed by lists, by fractions and by one another, to one value and to none.
#include <sound/core.h>
#include <sound/pcm.h>
#include <sound/pcm_params.h>
#include "check.h"

static int __init check_intervals(void)
{
	static const unsigned int rates[] = { 8000, 44100, 48000 };
	static const struct snd_ratnum clock = { .num = 22579200, .den_min = 128, .den_max = 4096, .den_step = 128 };
	struct snd_interval range = { .min = 10000, .max = 50000 }, other = { .min = 40000, .max = 90000, .openmax = 1 };
	unsigned int *list = kmemdup(rates, sizeof(rates), GFP_KERNEL), number = 0, divisor = 0;

	CHECK(snd_interval_refine(&range, &other) == 1 && range.min == 40000 && range.max == 50000 && !range.openmax);
	CHECK(snd_interval_refine(&range, &other) == 0);
	CHECK(snd_interval_list(&range, 3, list, 0) == 1 && range.min == 44100 && range.max == 48000);
	CHECK(snd_interval_list(&range, 3, list, 1 << 1) == 1 && snd_interval_single(&range) && snd_interval_value(&range) == 44100);
	CHECK(snd_interval_ratnum(&range, 1, &clock, &number, &divisor) == 0 && number == clock.num && divisor == 512);
	CHECK(snd_interval_list(&range, 0, NULL, 0) == -EINVAL && range.empty);
	range = (struct snd_interval){ .min = 45000, .max = 47000 };
	CHECK(snd_interval_list(&range, 3, list, 0) == -EINVAL);
	range = (struct snd_interval){ .min = 0, .max = 10 };
	CHECK(snd_interval_ratnum(&range, 1, &clock, &number, &divisor) == -EINVAL);
	range = (struct snd_interval){ .min = 1, .max = 5 };
	other = (struct snd_interval){ .min = 6, .max = 9 };
	CHECK(snd_interval_refine(&range, &other) == -EINVAL);
	for (unsigned int low = 0; low < 200000; low = low * 3 + 1) {
		for (unsigned int high = low; high < 400000; high = high * 3 + 1) {
			range = (struct snd_interval){ .min = low, .max = high, .integer = 1 };
			if (snd_interval_list(&range, 3, list, 0) >= 0)
				CHECK(range.min >= low && range.max <= high && range.min <= range.max);
		}
	}
	kfree(list);
	return 0;
}
CHECKS(check_intervals);
