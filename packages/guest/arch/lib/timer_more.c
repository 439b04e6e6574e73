/* SPDX-License-Identifier: MIT */
/* Timers by names that guests without a kernel's source do not have. */
#include <linux/jiffies.h>
#include <linux/smp.h>
#include <linux/timer.h>

void init_timer_key(struct timer_list *timer, void (*func)(struct timer_list *), unsigned int flags, const char *name,
		    struct lock_class_key *key)
{
	timer->entry.pprev = NULL;
	timer->function = func;
	timer->flags = flags;
}

/* Any CPU runs expired timers. */
void add_timer_on(struct timer_list *timer, int cpu)
{
	add_timer(timer);
}

void add_timer_local(struct timer_list *timer)
{
	add_timer(timer);
}

void add_timer_global(struct timer_list *timer)
{
	add_timer(timer);
}

int mod_timer_pending(struct timer_list *timer, unsigned long expires)
{
	return timer_pending(timer) ? mod_timer(timer, expires) : 0;
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	if (timer_pending(timer) && time_before_eq(timer->expires, expires))
		return 1;
	return mod_timer(timer, expires);
}

/* Rounds to a full second, each CPU 3 ticks behind the one before it (kernel/time/timer.c). */
static unsigned long full_second(unsigned long j, bool up)
{
	unsigned long skew = 3UL * smp_processor_id();
	unsigned long rest = (j + skew) % HZ;
	unsigned long rounded = up || rest >= HZ / 4 ? j + HZ - rest : j - rest;

	return time_is_after_jiffies(rounded) ? rounded : j;
}

unsigned long round_jiffies(unsigned long j)
{
	return full_second(j, false);
}

unsigned long round_jiffies_relative(unsigned long j)
{
	return full_second(jiffies + j, false) - jiffies;
}

unsigned long round_jiffies_up(unsigned long j)
{
	return full_second(j, true);
}

unsigned long round_jiffies_up_relative(unsigned long j)
{
	return full_second(jiffies + j, true) - jiffies;
}
