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

/* Timers are in lists that are in order. A kernel's are in wheels, with an entry of the same size; it is pending if it has a prev. */
static struct list_head *entry_of(struct timer_list *timer)
{
	BUILD_BUG_ON(sizeof(timer->entry) != sizeof(struct list_head));
	return (struct list_head *)&timer->entry;
}

static struct timer_list *timer_at(struct list_head *entry)
{
	return container_of((typeof(((struct timer_list *)0)->entry) *)entry, struct timer_list, entry);
}

static struct timer_list *first_of(struct list_head *list)
{
	return list_empty(list) ? NULL : timer_at(list->next);
}

/* Timers that were set, by expiry, and those of the current tick: timers set from then on wait for a later tick. */
static LIST_HEAD(timers);
static LIST_HEAD(expired);
/* The next tick whose timers will expire. */
static unsigned long next_tick = INITIAL_JIFFIES;
static DEFINE_RAW_SPINLOCK(timers_lock);
/* The timers whose functions are running, by CPU. */
static struct timer_list *running[NR_CPUS];

/* Tells the machine when the first timer fires. Called under the lock. */
static void program(void)
{
	struct timer_list *timer = first_of(&timers);
	unsigned long tick = timer && time_after(timer->expires, next_tick) ? timer->expires : next_tick;

	/* Expired timers fire at once: at the first tick, which is in the past. */
	if (!list_empty(&expired))
		tick = INITIAL_JIFFIES;
	else if (!timer)
		return kasan_guest_set_timer(0);
	kasan_guest_set_timer((tick - INITIAL_JIFFIES) * TICK_NSEC + 1);
}

/* Inserts by expiry, after timers with the same expiry. Called under the lock. */
static void insert(struct timer_list *timer)
{
	struct list_head *before;

	list_for_each(before, &timers)
		if (time_after(timer_at(before)->expires, timer->expires))
			break;
	list_add_tail(entry_of(timer), before);
	program();
}

/* Called under the lock. */
static int remove(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	list_del(entry_of(timer));
	*entry_of(timer) = (struct list_head){};
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

/* Deletes a timer. Returns false if its function is running and so may set it again. */
static bool try_to_delete(struct timer_list *timer, int *was_pending)
{
	unsigned long flags;
	bool deleted;

	/* Atomically: otherwise it could be set again, start on a CPU already checked, and end on one not yet checked. */
	raw_spin_lock_irqsave(&timers_lock, flags);
	*was_pending |= remove(timer);
	deleted = !is_running(timer);
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return deleted;
}

int timer_delete_sync(struct timer_list *timer)
{
	int was_pending = 0;

	while (!try_to_delete(timer, &was_pending))
		cpu_relax();
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

/* Expires timers whose tick has come or passed. Called under the lock. */
static void expire(void)
{
	struct list_head *entry, *next;

	if (time_before(jiffies, next_tick))
		return;
	next_tick = jiffies + 1;
	list_for_each_safe(entry, next, &timers) {
		if (!time_before(timer_at(entry)->expires, next_tick))
			break;
		list_move_tail(entry, &expired);
	}
}

static struct timer_list *take_expired(void)
{
	struct timer_list *timer;
	unsigned long flags;

	raw_spin_lock_irqsave(&timers_lock, flags);
	if (list_empty(&expired))
		expire();
	timer = first_of(&expired);
	if (timer) {
		remove(timer);
		WRITE_ONCE(running[smp_processor_id()], timer);
	} else {
		program();
	}
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return timer;
}

void run_timers(void)
{
	struct timer_list *timer;

	while ((timer = take_expired())) {
		run_softirq(run_timer_softirq, timer);
		WRITE_ONCE(running[smp_processor_id()], NULL);
	}
}
