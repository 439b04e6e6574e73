/* SPDX-License-Identifier: MIT */
/* Timers. */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include "later.h"

void kasan_guest_set_timer(u64 time);

static LIST_HEAD(timers);
static DEFINE_RAW_SPINLOCK(timers_lock);
/* The timers whose functions run now, on each CPU. */
static struct timer_list *running[NR_CPUS];

/* Tells the machine when the first timer fires. Under the lock. */
static void program(void)
{
	struct timer_list *timer = list_first_entry_or_null(&timers, struct timer_list, entry);
	s64 ticks = timer ? (s64)(timer->expires - INITIAL_JIFFIES) : 0;

	kasan_guest_set_timer(timer ? max_t(s64, ticks, 0) * TICK_NSEC + 1 : 0);
}

/* By expiry; of the same, the older first. Under the lock. */
static void insert(struct timer_list *timer)
{
	struct timer_list *other;
	struct list_head *before = &timers;

	list_for_each_entry(other, &timers, entry) {
		if (time_after(other->expires, timer->expires)) {
			before = &other->entry;
			break;
		}
	}
	list_add_tail(&timer->entry, before);
	program();
}

/* Under the lock. */
static int remove(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	list_del(&timer->entry);
	timer->entry.next = NULL;
	program();
	return 1;
}

void add_timer(struct timer_list *timer)
{
	unsigned long flags;

	BUG_ON(timer_pending(timer));
	raw_spin_lock_irqsave(&timers_lock, flags);
	insert(timer);
	raw_spin_unlock_irqrestore(&timers_lock, flags);
}

int timer_delete(struct timer_list *timer)
{
	unsigned long flags;
	int was_pending;

	raw_spin_lock_irqsave(&timers_lock, flags);
	was_pending = remove(timer);
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return was_pending;
}

static bool is_running(struct timer_list *timer)
{
	for (int cpu = 0; cpu < NR_CPUS; cpu++)
		if (READ_ONCE(running[cpu]) == timer)
			return true;
	return false;
}

int timer_delete_sync(struct timer_list *timer)
{
	int was_pending = timer_delete(timer);

	/* Its function may have set it again. */
	while (is_running(timer)) {
		cpu_relax();
		was_pending |= timer_delete(timer);
	}
	return was_pending;
}

int timer_shutdown(struct timer_list *timer)
{
	int was_pending = timer_delete(timer);

	timer->function = NULL;
	return was_pending;
}

int timer_shutdown_sync(struct timer_list *timer)
{
	int was_pending = timer_delete_sync(timer);

	timer->function = NULL;
	return was_pending;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	unsigned long flags;
	int was_pending;

	raw_spin_lock_irqsave(&timers_lock, flags);
	was_pending = remove(timer);
	if (timer->function) {
		timer->expires = expires;
		insert(timer);
	}
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return timer->function ? was_pending : 0;
}

static void run_timer_softirq(void *argument)
{
	struct timer_list *timer = argument;

	timer->function(timer);
}

static struct timer_list *take_due(void)
{
	struct timer_list *timer;
	unsigned long flags;

	raw_spin_lock_irqsave(&timers_lock, flags);
	timer = list_first_entry_or_null(&timers, struct timer_list, entry);
	if (timer && !time_before(jiffies, timer->expires)) {
		remove(timer);
		WRITE_ONCE(running[smp_processor_id()], timer);
	} else {
		timer = NULL;
	}
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return timer;
}

void run_timers(void)
{
	struct timer_list *timer;

	while ((timer = take_due())) {
		run_softirq(run_timer_softirq, timer);
		WRITE_ONCE(running[smp_processor_id()], NULL);
	}
}
