/* SPDX-License-Identifier: MIT */
/* Waiting, and the work done while a task waits: timers and RCU callbacks, in their own task. */
#ifndef _LIB_LATER_H
#define _LIB_LATER_H

#include <kasan/park.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

/* In a kernel's own headers, jiffies is a variable: whoever waits or looks at timers makes it the clock's. */
#ifdef jiffies
#define update_jiffies() do { } while (0)
#else
void update_jiffies(void);
#endif

/* Runs expired timers. */
void run_timers(void);
/* Runs RCU callbacks whose grace period is over. */
void run_rcu_callbacks(void);
/* Calls fn(argument) as this CPU's ksoftirqd. */
void run_softirq(void (*fn)(void *argument), void *argument);

struct task_struct *kasan_guest_kthread_create_on_cpu(int (*threadfn)(void *data), void *data, int cpu,
						      const char namefmt[], ...);

/* A worker of a work queue is about to wait: another one takes over the work behind it. */
void worker_sleeping(void);

/* Waits until the condition is true; whoever changes the data at the address makes the waiters check again. */
#define wait_until(address, condition, what) ((void)kasan_guest_wait_for(address, condition, S64_MAX, 0, what))

#endif
