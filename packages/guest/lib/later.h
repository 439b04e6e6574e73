/* SPDX-License-Identifier: MIT */
/* Waiting, and what runs when a task lets it: timers and RCU callbacks, in a task of their own. */
#ifndef _LIB_LATER_H
#define _LIB_LATER_H

#include <linux/sched.h>
#include <linux/wait.h>

/* Runs timers that are due. */
void run_timers(void);
/* Runs RCU callbacks whose grace period is over. */
void run_rcu_callbacks(void);
/* Calls fn(argument) as this CPU's ksoftirqd. */
void run_softirq(void (*fn)(void *argument), void *argument);

/* A worker of the work queues is about to wait: another takes over the work behind it. */
void wq_worker_sleeping(void);

/* Waits until the condition holds; whoever changes what lies at the address has those who wait look again. */
#define wait_until(address, condition, what) ((void)__wait_event(address, condition, S64_MAX, 0, what))

#endif
