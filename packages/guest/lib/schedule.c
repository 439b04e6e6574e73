/* SPDX-License-Identifier: MIT */
/* Letting others run: waiting, sleeping, yielding. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "later.h"

/* Everything that can run now; whether there was anything. */
bool run_pending(void)
{
	bool ran = false;

	while (run_timer() || run_rcu_callback() || run_work() || run_thread())
		ran = true;
	return ran;
}

void kasan_guest_idle(void)
{
	kasan_guest_delay(1000);
	run_pending();
}

bool kasan_guest_wait(void)
{
	unsigned long expires;

	if (run_pending())
		return true;
	if (!next_timer(&expires))
		return false;
	schedule_timeout(max_t(long, expires - jiffies, 1));
	return true;
}

static void sleep_ns(unsigned long nanoseconds)
{
	u64 end = ktime_get_ns() + nanoseconds;

	run_pending();
	/* Timers fire in time, one after the other. */
	for (;;) {
		u64 now = ktime_get_ns();
		unsigned long expires;
		long ticks;

		if (now >= end)
			break;
		ticks = next_timer(&expires) ? max_t(long, expires - jiffies, 0) : LONG_MAX;
		kasan_guest_delay(ticks < (end - now) / TICK_NSEC ? (ticks + 1) * TICK_NSEC : end - now);
		run_pending();
	}
}

void msleep(unsigned int msecs)
{
	sleep_ns(msecs * NSEC_PER_MSEC);
}

unsigned long msleep_interruptible(unsigned int msecs)
{
	msleep(msecs);
	return 0;
}

void usleep_range_state(unsigned long min, unsigned long max, unsigned int state)
{
	sleep_ns(min * NSEC_PER_USEC);
}

void schedule(void)
{
	run_pending();
}

long schedule_timeout(long timeout)
{
	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		kasan_guest_wait();
		return timeout;
	}
	sleep_ns(timeout * TICK_NSEC);
	return 0;
}
