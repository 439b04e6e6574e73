/* SPDX-License-Identifier: MIT */
/* What RAID 6 is recovered with on x86: the machine's processor has none of these instructions (lib/raid6/recov_*.c). */
#include <linux/raid/pq.h>

static int has_no_such_instructions(void)
{
	return 0;
}

const struct raid6_recov_calls raid6_recov_ssse3 = { .valid = has_no_such_instructions, .name = "ssse3x2" };
const struct raid6_recov_calls raid6_recov_avx2 = { .valid = has_no_such_instructions, .name = "avx2x2" };
const struct raid6_recov_calls raid6_recov_avx512 = { .valid = has_no_such_instructions, .name = "avx512x2" };
