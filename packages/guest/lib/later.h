/* SPDX-License-Identifier: MIT */
/* What runs when a task lets it: timers and RCU callbacks, in a task of their own; queued work; threads. */
#ifndef _LIB_LATER_H
#define _LIB_LATER_H

#include <linux/sched.h>

/* Each runs one thing that may run now, and says whether there was one. */
bool run_timer(void);
bool run_rcu_callback(void);
bool run_work(void);
bool run_thread(void);

/* When the first timer fires, in jiffies; false if there is none. */
bool next_timer(unsigned long *expires);

/* Makes a task for the kernel's own use; NULL if there is no memory. */
struct task_struct *create_task(const char *name);
/* Calls fn(argument) as that task, which must not run already. */
void run_as(struct task_struct *tsk, void (*fn)(void *argument), void *argument);
/* Calls fn(argument) as ksoftirqd. */
void run_softirq(void (*fn)(void *argument), void *argument);

/* Runs everything that can run now, and says whether there was anything. */
bool run_pending(void);

#endif
