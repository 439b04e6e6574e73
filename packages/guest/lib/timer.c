/* SPDX-License-Identifier: MIT */
/* Timers. */
#include <linux/bug.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/timer.h>
#include "later.h"

static LIST_HEAD(timers);

/* By expiry; of the same, the older first. */
void add_timer(struct timer_list *timer)
{
	struct timer_list *other;
	struct list_head *before = &timers;

	BUG_ON(timer_pending(timer));
	list_for_each_entry(other, &timers, entry) {
		if (time_after(other->expires, timer->expires)) {
			before = &other->entry;
			break;
		}
	}
	list_add_tail(&timer->entry, before);
}

int timer_delete(struct timer_list *timer)
{
	if (!timer_pending(timer))
		return 0;
	list_del(&timer->entry);
	timer->entry.next = NULL;
	return 1;
}

int timer_shutdown(struct timer_list *timer)
{
	int was_pending = timer_delete(timer);

	timer->function = NULL;
	return was_pending;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	int was_pending = timer_delete(timer);

	if (!timer->function)
		return 0;
	timer->expires = expires;
	add_timer(timer);
	return was_pending;
}

static void run_timer_softirq(void *argument)
{
	struct timer_list *timer = argument;

	timer_delete(timer);
	timer->function(timer);
}

bool run_timer(void)
{
	struct timer_list *timer = list_first_entry_or_null(&timers, struct timer_list, entry);

	if (!timer || time_before(jiffies, timer->expires))
		return false;
	run_softirq(run_timer_softirq, timer);
	return true;
}

bool next_timer(unsigned long *expires)
{
	struct timer_list *timer = list_first_entry_or_null(&timers, struct timer_list, entry);

	if (timer)
		*expires = timer->expires;
	return timer != NULL;
}
