/* SPDX-License-Identifier: MIT */
/* Timers. */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/poison.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include "later.h"

void kasan_guest_set_timer(u64 time);

/*
 * Timers that were set, by the tick in which they expire. As in a kernel's
 * wheel, a timer is touched only when it or another one of its tick is added
 * or removed, and then by writes: so it is with one that was freed, too.
 */
struct bucket {
	struct hlist_head timers;
	unsigned long tick;
	/* Some of its timers expire later: there was no bucket left for them. */
	bool mixed;
};
static struct bucket buckets[128];
/* The timers of a tick that has come, and whether some of them have to wait. */
static struct bucket expired;
/* The next tick whose timers will expire: timers set from now on wait for it. */
static unsigned long next_tick = INITIAL_JIFFIES;
static DEFINE_RAW_SPINLOCK(timers_lock);
/* The timers whose functions are running, by CPU. */
static struct timer_list *running[NR_CPUS];

/* The bucket whose tick comes first, or NULL. Called under the lock. */
static struct bucket *first_bucket(void)
{
	struct bucket *first = NULL;

	for (struct bucket *b = buckets; b < buckets + ARRAY_SIZE(buckets); b++)
		if (!hlist_empty(&b->timers) && (!first || time_before(b->tick, first->tick)))
			first = b;
	return first;
}

/* The tick in which the next timer fires, if there is one. */
static unsigned long next_expiry;
static bool pending;

/* Tells the machine when the next timer fires. Called under the lock. */
static void program(void)
{
	struct bucket *first = first_bucket();

	/* Expired timers fire at once: at the first tick, which is in the past. */
	if (!hlist_empty(&expired.timers))
		WRITE_ONCE(next_expiry, INITIAL_JIFFIES);
	else if (first)
		WRITE_ONCE(next_expiry, first->tick);
	WRITE_ONCE(pending, first || !hlist_empty(&expired.timers));
	kasan_guest_set_timer(pending ? (next_expiry - INITIAL_JIFFIES) * TICK_NSEC + 1 : 0);
}

/* Called under the lock. */
static __always_inline void enqueue_timer(struct timer_list *timer)
{
	unsigned long tick = time_after(timer->expires, next_tick) ? timer->expires : next_tick;
	struct bucket *bucket = NULL;

	for (struct bucket *b = buckets; b < buckets + ARRAY_SIZE(buckets); b++) {
		if (hlist_empty(&b->timers)) {
			bucket = bucket ?: b;
		} else if (b->tick == tick && !b->mixed) {
			bucket = b;
			break;
		}
	}
	if (!bucket) {
		bucket = buckets;
		bucket->mixed = true;
		if (time_before(tick, bucket->tick))
			bucket->tick = tick;
	} else if (hlist_empty(&bucket->timers)) {
		bucket->mixed = false;
		bucket->tick = tick;
	}
	hlist_add_head(&timer->entry, &bucket->timers);
	program();
}

/* Called under the lock. */
static __always_inline void detach_timer(struct timer_list *timer)
{
	__hlist_del(&timer->entry);
	timer->entry.pprev = NULL;
	timer->entry.next = LIST_POISON2;
}

/* Called under the lock. */
static int detach_if_pending(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	detach_timer(timer);
	program();
	return 1;
}

void add_timer(struct timer_list *timer)
{
	unsigned long flags;

	BUG_ON(timer_pending(timer));
	raw_spin_lock_irqsave(&timers_lock, flags);
	enqueue_timer(timer);
	raw_spin_unlock_irqrestore(&timers_lock, flags);
}

int timer_delete(struct timer_list *timer)
{
	unsigned long flags;
	int was_pending;

	raw_spin_lock_irqsave(&timers_lock, flags);
	was_pending = detach_if_pending(timer);
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
	*was_pending |= detach_if_pending(timer);
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
	was_pending = detach_if_pending(timer);
	if (timer->function) {
		timer->expires = expires;
		enqueue_timer(timer);
	}
	raw_spin_unlock_irqrestore(&timers_lock, flags);
	return timer->function ? was_pending : 0;
}

/* Takes the timers of the first tick that has come. They may have been freed: this writes to the first of them. */
static __always_inline bool collect_expired_timers(void)
{
	struct bucket *first = first_bucket();

	if (!first || time_after(first->tick, jiffies))
		return false;
	next_tick = jiffies + 1;
	expired.mixed = first->mixed;
	hlist_move_list(&first->timers, &expired.timers);
	return true;
}

static noinline void call_timer_fn(struct timer_list *timer, void (*fn)(struct timer_list *))
{
	fn(timer);
}

static noinline void __run_timer_base(void)
{
	struct timer_list **own = &running[smp_processor_id()];
	unsigned long flags;

	raw_spin_lock_irqsave(&timers_lock, flags);
	while (!hlist_empty(&expired.timers) || collect_expired_timers()) {
		struct timer_list *timer = hlist_entry(expired.timers.first, struct timer_list, entry);
		void (*fn)(struct timer_list *);

		detach_timer(timer);
		if (expired.mixed && time_after(timer->expires, jiffies)) {
			enqueue_timer(timer);
			continue;
		}
		fn = timer->function;
		if (WARN_ON_ONCE(!fn))
			continue;
		WRITE_ONCE(*own, timer);
		program();
		raw_spin_unlock_irqrestore(&timers_lock, flags);
		call_timer_fn(timer, fn);
		WRITE_ONCE(*own, NULL);
		raw_spin_lock_irqsave(&timers_lock, flags);
	}
	program();
	raw_spin_unlock_irqrestore(&timers_lock, flags);
}

static void run_timer_softirq(void *unused)
{
	__run_timer_base();
}

void run_timers(void)
{
	if (READ_ONCE(pending) && time_after_eq(jiffies, READ_ONCE(next_expiry)))
		run_softirq(run_timer_softirq, NULL);
}
