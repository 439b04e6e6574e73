/* SPDX-License-Identifier: MIT */
/* Lets other tasks run: sleeping, yielding, waiting to be woken. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include "later.h"

void kasan_guest_yield(void);
int kasan_guest_park(s64 deadline);

int kasan_guest_wait(s64 deadline)
{
	int woken;

	if (current->flags & PF_WQ_WORKER)
		worker_sleeping();
	woken = kasan_guest_park(deadline);
	update_jiffies();
	return woken;
}

/* Called by the machine when a task lets others run. */
void kasan_guest_softirq(void)
{
	update_jiffies();
	run_timers();
	run_rcu_callbacks();
}

s64 kasan_guest_deadline(unsigned long timeout)
{
	if (timeout >= LONG_MAX / TICK_NSEC)
		return S64_MAX;
	return ktime_get_ns() + timeout * TICK_NSEC;
}

static void sleep_ns(u64 nanoseconds)
{
	s64 end = ktime_get_ns() + nanoseconds;

	/* Nobody else knows the address. */
	kasan_guest_prepare(&end, 0);
	while (kasan_guest_wait(end) == 0)
		kasan_guest_prepare(&end, 0);
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

/* Waits as the task's state says. Whoever wakes the task sets its state first, so that nothing is lost before it is prepared. */
static bool wait_to_be_woken(s64 deadline)
{
	struct task_struct *tsk = current;
	int woken = 0;

	kasan_guest_prepare(tsk, READ_ONCE(tsk->__state) == TASK_INTERRUPTIBLE);
	smp_mb();
	if (READ_ONCE(tsk->__state) == TASK_RUNNING)
		kasan_guest_cancel();
	else
		woken = kasan_guest_wait(deadline);
	WRITE_ONCE(tsk->__state, TASK_RUNNING);
	if (woken == 2)
		kasan_guest_deadlock("schedule");
	return woken == 0;
}

void schedule(void)
{
	if (READ_ONCE(current->__state) == TASK_RUNNING)
		kasan_guest_yield();
	else
		wait_to_be_woken(S64_MAX);
}

long schedule_timeout(long timeout)
{
	unsigned long end = jiffies + timeout;

	if (READ_ONCE(current->__state) == TASK_RUNNING) {
		kasan_guest_yield();
		return timeout;
	}
	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		wait_to_be_woken(S64_MAX);
		return timeout;
	}
	if (!wait_to_be_woken(kasan_guest_deadline(timeout)))
		return 0;
	return max_t(long, end - jiffies, 0);
}

long schedule_timeout_uninterruptible(long timeout)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_interruptible(long timeout)
{
	set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}
