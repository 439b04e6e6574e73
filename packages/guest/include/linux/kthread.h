/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KTHREAD_H
#define _LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>

/* A thread runs from start to end when the one that made it waits: threads do not run beside each other. */
__printf(4, 5) struct task_struct *kthread_create_on_node(int (*threadfn)(void *data), void *data, int node,
							  const char namefmt[], ...);
int wake_up_process(struct task_struct *tsk);
int kthread_stop(struct task_struct *k);
bool kthread_should_stop(void);

#define kthread_create(threadfn, data, namefmt, arg...) \
	kthread_create_on_node(threadfn, data, -1, namefmt, ##arg)
#define kthread_run(threadfn, data, namefmt, ...) \
	({ \
		struct task_struct *__kthread = kthread_create(threadfn, data, namefmt, ##__VA_ARGS__); \
		if (!IS_ERR(__kthread)) \
			wake_up_process(__kthread); \
		__kthread; \
	})

#endif
