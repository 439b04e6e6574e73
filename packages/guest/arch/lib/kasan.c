/* SPDX-License-Identifier: MIT */
/* KASAN's interface to the rest of a kernel: the checks are the machine's. */
#include <linux/kasan.h>
#include <linux/sched.h>

void kasan_enable_current(void)
{
	current->kasan_depth++;
}

void kasan_disable_current(void)
{
	current->kasan_depth--;
}

