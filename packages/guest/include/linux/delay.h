/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_DELAY_H
#define _LINUX_DELAY_H

#include <linux/sched.h>
#include <linux/types.h>

/* The clock is advanced; the host does not wait. */
void kasan_guest_delay(unsigned long nanoseconds);

#define ndelay(n) kasan_guest_delay(n)
#define udelay(n) kasan_guest_delay((unsigned long)(n) * 1000UL)
#define mdelay(n) kasan_guest_delay((unsigned long)(n) * 1000000UL)

/* Sleeping functions run queued work, timers and RCU callbacks. */
void msleep(unsigned int msecs);
unsigned long msleep_interruptible(unsigned int msecs);
void usleep_range_state(unsigned long min, unsigned long max, unsigned int state);

static inline void usleep_range(unsigned long min, unsigned long max)
{
	usleep_range_state(min, max, TASK_UNINTERRUPTIBLE);
}

static inline void ssleep(unsigned int seconds)
{
	msleep(seconds * 1000);
}

static inline void fsleep(unsigned long usecs)
{
	usleep_range(usecs, 2 * usecs);
}

#endif
