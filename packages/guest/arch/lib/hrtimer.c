/* SPDX-License-Identifier: MIT */
/*
 * Timers with nanoseconds. They run with the other timers, at the first tick that is not before their time, as in a kernel without
 * high-resolution timers. All clocks are the machine's.
 */
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/timerqueue.h>
#include <linux/version.h>
#if __has_include(<linux/hrtimer_bases.h>)
#include <linux/hrtimer_bases.h>
#endif

/* Since 7.2, timers in a queue are linked. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define timerqueue_node timerqueue_linked_node
#define timerqueue_init timerqueue_linked_init
#define timerqueue_add timerqueue_linked_add
#define timerqueue_del timerqueue_linked_del
#define timerqueue_getnext timerqueue_linked_first
#define state is_queued
#endif

/* A timer's state. */
#define INACTIVE 0
#define QUEUED 1

unsigned int hrtimer_resolution = TICK_NSEC;

/* Protects the bases, their queues included. */
static DEFINE_RAW_SPINLOCK(bases_lock);

/* All clocks are the same; since 6.18, bases don't say which function reads theirs. */
static struct hrtimer_clock_base bases[HRTIMER_MAX_CLOCK_BASES] = {
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	[0 ... HRTIMER_MAX_CLOCK_BASES - 1] = { .get_time = ktime_get },
#endif
};

/* Whether a CPU runs those that are due. */
static bool expiring;

static void run_hrtimers(struct timer_list *unused);
static DEFINE_TIMER(tick, run_hrtimers);

/* The last time that there is stands for all later ones. */
ktime_t ktime_add_safe(const ktime_t lhs, const ktime_t rhs)
{
	ktime_t sum = ktime_add_unsafe(lhs, rhs);

	return sum < 0 || sum < lhs || sum < rhs ? KTIME_MAX : sum;
}

static int base_of(clockid_t clock, enum hrtimer_mode mode)
{
	int soft = mode & HRTIMER_MODE_SOFT ? HRTIMER_BASE_MONOTONIC_SOFT : 0;

	switch (clock) {
	case CLOCK_REALTIME:
		return soft + HRTIMER_BASE_REALTIME;
	case CLOCK_BOOTTIME:
		return soft + HRTIMER_BASE_BOOTTIME;
	case CLOCK_TAI:
		return soft + HRTIMER_BASE_TAI;
	default:
		return soft + HRTIMER_BASE_MONOTONIC;
	}
}

void hrtimer_init(struct hrtimer *timer, clockid_t clock_id, enum hrtimer_mode mode)
{
	*timer = (struct hrtimer){ .base = &bases[base_of(clock_id, mode)], .is_soft = !!(mode & HRTIMER_MODE_SOFT) };
	timerqueue_init(&timer->node);
}

/* Since 6.13, with the function to call. */
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *), clockid_t clock_id,
		   enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	ACCESS_PRIVATE(timer, function) = function;
}

void hrtimer_setup_on_stack(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *), clockid_t clock_id,
			    enum hrtimer_mode mode)
{
	hrtimer_setup(timer, function, clock_id, mode);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
ktime_t hrtimer_cb_get_time(const struct hrtimer *timer)
{
	return ktime_get();
}
#endif

/* The timer that comes first, or NULL. Called under the lock. */
static struct hrtimer *first_timer(void)
{
	struct timerqueue_node *first = NULL;

	for (int i = 0; i < HRTIMER_MAX_CLOCK_BASES; i++) {
		struct timerqueue_node *next = timerqueue_getnext(&bases[i].active);

		if (next && (!first || next->expires < first->expires))
			first = next;
	}
	return first ? container_of(first, struct hrtimer, node) : NULL;
}

/* Called under the lock. */
static void program(void)
{
	struct hrtimer *first = first_timer();
	s64 left;

	if (!first) {
		timer_delete(&tick);
		return;
	}
	left = ktime_sub(hrtimer_get_expires(first), ktime_get());
	mod_timer(&tick, jiffies + min_t(u64, DIV_ROUND_UP_ULL(max(left, 0LL), TICK_NSEC), MAX_JIFFY_OFFSET / 2));
}

/* Called under the lock. */
static void enqueue(struct hrtimer *timer)
{
	timer->state = QUEUED;
	timerqueue_add(&timer->base->active, &timer->node);
}

/* Called under the lock. Returns whether the timer was pending. */
static bool dequeue(struct hrtimer *timer)
{
	if (!(timer->state & QUEUED))
		return false;
	timer->state = INACTIVE;
	timerqueue_del(&timer->base->active, &timer->node);
	return true;
}

void hrtimer_start_range_ns(struct hrtimer *timer, ktime_t tim, u64 delta_ns, const enum hrtimer_mode mode)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&bases_lock, flags);
	dequeue(timer);
	if (mode & HRTIMER_MODE_REL)
		tim = ktime_add_safe(tim, ktime_get());
	hrtimer_set_expires_range_ns(timer, tim, delta_ns);
	enqueue(timer);
	program();
	raw_spin_unlock_irqrestore(&bases_lock, flags);
}

/* Since 7.3. Returns whether the timer was started; one that is due already starts as well here. */
bool hrtimer_start_range_ns_user(struct hrtimer *timer, ktime_t tim, u64 delta_ns, const enum hrtimer_mode mode)
{
	hrtimer_start_range_ns(timer, tim, delta_ns, mode);
	return true;
}

/* Called under the lock, which it gives back while the timer's function runs. */
static void expire(struct hrtimer *timer, unsigned long *flags)
{
	struct hrtimer_clock_base *base = timer->base;
	enum hrtimer_restart restart;

	dequeue(timer);
	base->running = timer;
	raw_spin_unlock_irqrestore(&bases_lock, *flags);
	restart = ACCESS_PRIVATE(timer, function)(timer);
	raw_spin_lock_irqsave(&bases_lock, *flags);
	/* The function may have started it itself. */
	if (restart != HRTIMER_NORESTART && !(timer->state & QUEUED))
		enqueue(timer);
	base->running = NULL;
}

static void run_hrtimers(struct timer_list *unused)
{
	unsigned long flags;
	struct hrtimer *timer;

	raw_spin_lock_irqsave(&bases_lock, flags);
	/* Another CPU goes on with those that have become due in the meantime. */
	if (expiring) {
		raw_spin_unlock_irqrestore(&bases_lock, flags);
		return;
	}
	expiring = true;
	while ((timer = first_timer()) && hrtimer_get_softexpires(timer) <= ktime_get())
		expire(timer, &flags);
	expiring = false;
	program();
	raw_spin_unlock_irqrestore(&bases_lock, flags);
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	unsigned long flags;
	int result = -1;

	raw_spin_lock_irqsave(&bases_lock, flags);
	if (timer->base->running != timer) {
		result = dequeue(timer);
		program();
	}
	raw_spin_unlock_irqrestore(&bases_lock, flags);
	return result;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	int result;

	while ((result = hrtimer_try_to_cancel(timer)) < 0)
		cpu_relax();
	return result;
}

bool hrtimer_active(const struct hrtimer *timer)
{
	return READ_ONCE(timer->state) != INACTIVE || READ_ONCE(timer->base->running) == timer;
}

ktime_t __hrtimer_get_remaining(const struct hrtimer *timer, bool adjust)
{
	return ktime_sub(hrtimer_get_expires(timer), ktime_get());
}

/* Moves the time of expiry behind now, by whole intervals. Returns how many. */
u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
{
	s64 late = ktime_sub(now, hrtimer_get_expires(timer));
	u64 overruns;

	if (late < 0 || WARN_ON(timer->state & QUEUED))
		return 0;
	interval = max(interval, (ktime_t)hrtimer_resolution);
	overruns = div64_u64(late, interval) + 1;
	hrtimer_add_expires_ns(timer, interval * overruns);
	return overruns;
}

static enum hrtimer_restart wake_sleeper(struct hrtimer *timer)
{
	struct hrtimer_sleeper *sleeper = container_of(timer, struct hrtimer_sleeper, timer);
	struct task_struct *task = sleeper->task;

	sleeper->task = NULL;
	if (task)
		wake_up_process(task);
	return HRTIMER_NORESTART;
}

void hrtimer_init_sleeper(struct hrtimer_sleeper *sl, clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(&sl->timer, clock_id, mode);
	ACCESS_PRIVATE(&sl->timer, function) = wake_sleeper;
	sl->task = current;
}

void hrtimer_setup_sleeper_on_stack(struct hrtimer_sleeper *sl, clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init_sleeper(sl, clock_id, mode);
}

void hrtimer_sleeper_start_expires(struct hrtimer_sleeper *sl, enum hrtimer_mode mode)
{
	hrtimer_start_expires(&sl->timer, mode);
}

int schedule_hrtimeout_range_clock(ktime_t *expires, u64 delta, const enum hrtimer_mode mode, clockid_t clock_id)
{
	struct hrtimer_sleeper sleeper;

	if (expires && *expires == 0) {
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	if (!expires) {
		schedule();
		return -EINTR;
	}
	hrtimer_init_sleeper(&sleeper, clock_id, mode);
	hrtimer_set_expires_range_ns(&sleeper.timer, *expires, delta);
	hrtimer_sleeper_start_expires(&sleeper, mode);
	if (sleeper.task)
		schedule();
	hrtimer_cancel(&sleeper.timer);
	__set_current_state(TASK_RUNNING);
	return sleeper.task ? -EINTR : 0;
}

int schedule_hrtimeout_range(ktime_t *expires, u64 delta, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout_range_clock(expires, delta, mode, CLOCK_MONOTONIC);
}

int schedule_hrtimeout(ktime_t *expires, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout_range(expires, 0, mode);
}
