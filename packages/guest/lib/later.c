/* SPDX-License-Identifier: MIT */
/* What runs later: timers, queued work, RCU callbacks; and sleeping, during which they run. */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

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

static bool run_timer(void)
{
	struct timer_list *timer = list_first_entry_or_null(&timers, struct timer_list, entry);

	if (!timer || time_before(jiffies, timer->expires))
		return false;
	timer_delete(timer);
	timer->function(timer);
	return true;
}

struct workqueue_struct {
	char name[24];
};

static struct workqueue_struct events = { "events" };
struct workqueue_struct *system_wq = &events;
struct workqueue_struct *system_highpri_wq = &events;
struct workqueue_struct *system_long_wq = &events;
struct workqueue_struct *system_unbound_wq = &events;

static LIST_HEAD(works);

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	return wq;
}

static void enqueue(struct workqueue_struct *wq, struct work_struct *work)
{
	work->wq = wq;
	list_add_tail(&work->entry, &works);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (test_and_set_bit(0, &work->pending))
		return false;
	enqueue(wq, work);
	return true;
}

/* The work may free itself. */
static void run_one(struct work_struct *work)
{
	list_del_init(&work->entry);
	clear_bit(0, &work->pending);
	work->func(work);
}

static bool run_work(void)
{
	struct work_struct *work = list_first_entry_or_null(&works, struct work_struct, entry);

	if (!work)
		return false;
	run_one(work);
	return true;
}

static bool is_queued(struct work_struct *work)
{
	return work_pending(work) && !list_empty(&work->entry);
}

bool flush_work(struct work_struct *work)
{
	bool waited = is_queued(work);

	if (waited)
		run_one(work);
	return waited;
}

bool cancel_work(struct work_struct *work)
{
	if (!test_and_clear_bit(0, &work->pending))
		return false;
	list_del_init(&work->entry);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_work(work);
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;

again:
	list_for_each_entry(work, &works, entry) {
		if (work->wq == wq) {
			run_one(work);
			goto again;
		}
	}
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	__flush_workqueue(wq);
	kfree(wq);
}

void delayed_work_timer_fn(struct timer_list *t)
{
	struct delayed_work *dwork = from_timer(dwork, t, timer);

	enqueue(dwork->wq, &dwork->work);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	if (test_and_set_bit(0, &dwork->work.pending))
		return false;
	dwork->wq = wq;
	if (delay)
		mod_timer(&dwork->timer, jiffies + delay);
	else
		enqueue(wq, &dwork->work);
	return true;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	timer_delete(&dwork->timer);
	return cancel_work(&dwork->work);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return cancel_delayed_work(dwork);
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	bool was_pending = cancel_delayed_work(dwork);

	queue_delayed_work_on(cpu, wq, dwork, delay);
	return was_pending;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (timer_delete(&dwork->timer))
		enqueue(dwork->wq, &dwork->work);
	return flush_work(&dwork->work);
}

/* Callbacks in the order of their coming. Of memory to be freed, func is the offset of its head, as in the kernel. */
static struct rcu_head *rcu_first;
static struct rcu_head **rcu_last = &rcu_first;

static bool is_kvfree_offset(rcu_callback_t func)
{
	return (unsigned long)func < PAGE_SIZE;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = NULL;
	*rcu_last = head;
	rcu_last = &head->next;
}

void kvfree_call_rcu(struct rcu_head *head, void *ptr)
{
	if (head) {
		call_rcu(head, (rcu_callback_t)((unsigned long)head - (unsigned long)ptr));
		return;
	}
	synchronize_rcu();
	kvfree(ptr);
}

static bool run_rcu(void)
{
	struct rcu_head *head = rcu_first;

	if (!head)
		return false;
	rcu_first = head->next;
	if (!rcu_first)
		rcu_last = &rcu_first;
	if (is_kvfree_offset(head->func))
		kvfree((void *)head - (unsigned long)head->func);
	else
		head->func(head);
	return true;
}

void rcu_barrier(void)
{
	while (run_rcu())
		;
}

void synchronize_rcu(void)
{
	rcu_barrier();
}

/* Everything that can run now; whether there was anything. */
static bool run_pending(void)
{
	bool ran = false;

	while (run_timer() || run_rcu() || run_work())
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
	struct timer_list *timer;

	if (run_pending())
		return true;
	timer = list_first_entry_or_null(&timers, struct timer_list, entry);
	if (!timer)
		return false;
	schedule_timeout(max_t(long, timer->expires - jiffies, 1));
	return true;
}

static void sleep_ns(unsigned long nanoseconds)
{
	u64 end = ktime_get_ns() + nanoseconds;

	run_pending();
	/* Timers fire in time, one after the other. */
	for (;;) {
		struct timer_list *timer = list_first_entry_or_null(&timers, struct timer_list, entry);
		u64 now = ktime_get_ns();
		long ticks;

		if (now >= end)
			break;
		ticks = timer ? max_t(long, timer->expires - jiffies, 0) : LONG_MAX;
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
