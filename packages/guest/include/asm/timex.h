/* SPDX-License-Identifier: MIT */
#ifndef _ASM_TIMEX_H
#define _ASM_TIMEX_H

#include <linux/ktime.h>

/* A counter of a billion cycles a second. */
typedef unsigned long long cycles_t;

static inline cycles_t get_cycles(void)
{
	return ktime_get_ns();
}

#define random_get_entropy() get_cycles()

#endif
