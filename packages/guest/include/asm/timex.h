/* SPDX-License-Identifier: MIT */
#ifndef _ASM_TIMEX_H
#define _ASM_TIMEX_H

#include <linux/types.h>

/* A counter with a billion cycles per second. */
typedef unsigned long long cycles_t;

ktime_t ktime_get(void);

static inline cycles_t get_cycles(void)
{
	return ktime_get();
}

#define random_get_entropy() get_cycles()

#endif
