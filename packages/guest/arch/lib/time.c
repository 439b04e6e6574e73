/* SPDX-License-Identifier: MIT */
/* Time: the machine's clock. The real time is that since boot. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include "../../lib/later.h"

u64 kasan_guest_jiffies(void);
void kasan_guest_delay(u64 nanoseconds);
void kasan_guest_relax(void);
int kasan_guest_reschedule(void);

unsigned long volatile jiffies = INITIAL_JIFFIES;
u64 jiffies_64 = INITIAL_JIFFIES;
unsigned long loops_per_jiffy = 1 << 12;
unsigned long preset_lpj;

void update_jiffies(void)
{
	jiffies_64 = kasan_guest_jiffies();
	jiffies = jiffies_64;
}

/* Loops that wait for jiffies must end. */
void cpu_relax(void)
{
	kasan_guest_relax();
	update_jiffies();
}

int __cond_resched(void)
{
	int rescheduled = kasan_guest_reschedule();

	if (rescheduled)
		update_jiffies();
	return rescheduled;
}

cycles_t get_cycles(void)
{
	return ktime_get();
}

unsigned long random_get_entropy_fallback(void)
{
	return ktime_get();
}

ktime_t ktime_get_with_offset(enum tk_offsets offs)
{
	return ktime_get();
}

ktime_t ktime_get_coarse_with_offset(enum tk_offsets offs)
{
	return ktime_get();
}

ktime_t ktime_get_raw(void)
{
	return ktime_get();
}

u64 ktime_get_mono_fast_ns(void)
{
	return ktime_get();
}

u64 ktime_get_real_fast_ns(void)
{
	return ktime_get();
}

void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

void ktime_get_raw_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

void ktime_get_coarse_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

void ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

time64_t ktime_get_seconds(void)
{
	return ktime_get() / NSEC_PER_SEC;
}

time64_t ktime_get_real_seconds(void)
{
	return ktime_get_seconds();
}

u64 sched_clock(void)
{
	return ktime_get();
}

void __udelay(unsigned long microseconds)
{
	kasan_guest_delay(microseconds * NSEC_PER_USEC);
	update_jiffies();
}

void __ndelay(unsigned long nanoseconds)
{
	kasan_guest_delay(nanoseconds);
	update_jiffies();
}

void __const_udelay(unsigned long loops)
{
	/* In units of 2^-32 seconds (asm-generic/delay.h). */
	kasan_guest_delay((loops * (u64)NSEC_PER_SEC) >> 32);
	update_jiffies();
}
