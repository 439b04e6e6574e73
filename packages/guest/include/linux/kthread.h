/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KTHREAD_H
#define _LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/numa.h>
#include <linux/sched.h>

/* Threads stay on their initial CPU: each CPU in turn, unless one is chosen before they start. */
__printf(4, 5) struct task_struct *kthread_create_on_node(int (*threadfn)(void *data), void *data, int node,
							  const char namefmt[], ...);
#define kthread_create(threadfn, data, namefmt, arg...) \
	kthread_create_on_node(threadfn, data, NUMA_NO_NODE, namefmt, ##arg)
#define kthread_create_on_cpu(threadfn, data, cpu, namefmt) \
	kasan_guest_kthread_create_on_cpu(threadfn, data, cpu, namefmt, cpu)
#define kthread_run(threadfn, data, namefmt, ...) \
	({ \
		struct task_struct *__started = kthread_create(threadfn, data, namefmt, ##__VA_ARGS__); \
		if (!IS_ERR(__started)) \
			wake_up_process(__started); \
		__started; \
	})

__printf(4, 5) struct task_struct *kasan_guest_kthread_create_on_cpu(int (*threadfn)(void *data), void *data, int cpu,
								     const char namefmt[], ...);
#define kthread_run_on_cpu(threadfn, data, cpu, namefmt) \
	({ \
		struct task_struct *__started = kthread_create_on_cpu(threadfn, data, cpu, namefmt); \
		if (!IS_ERR(__started)) \
			wake_up_process(__started); \
		__started; \
	})
void kthread_bind(struct task_struct *k, unsigned int cpu);

int kthread_stop(struct task_struct *k);
int kthread_stop_put(struct task_struct *k);
bool kthread_should_stop(void);
void *kthread_data(struct task_struct *k);
void kthread_exit(long result) __noreturn;
void kthread_complete_and_exit(struct completion *comp, long code) __noreturn;

static inline bool kthread_should_park(void)
{
	return false;
}

#endif
