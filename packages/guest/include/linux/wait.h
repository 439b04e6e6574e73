/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* A queue is an address: the machine records which tasks wait on it. */
struct wait_queue_head {
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) { .head = { &(name).head, &(name).head } }
#define DECLARE_WAIT_QUEUE_HEAD(name) struct wait_queue_head name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)

static inline void init_waitqueue_head(struct wait_queue_head *wq)
{
	INIT_LIST_HEAD(&wq->head);
}

/* The running task is about to check a condition at address; from now on wake-ups are not lost. */
void kasan_guest_prepare(const volatile void *address, int daemon);
/* The task does not need to wait. */
void kasan_guest_cancel(void);
/* Waits until woken or until the deadline. 0: woken; 1: timeout; 2: nothing is left that could wake it. */
int kasan_guest_wait(s64 deadline);
/* Wakes all tasks that wait on an address; does not access the memory there. */
void kasan_guest_unpark(const volatile void *address);
void kasan_guest_deadlock(const char *what) __noreturn;

/* Accesses the queue, so that a freed one is detected. */
static inline void __wake_up(struct wait_queue_head *wq)
{
	(void)READ_ONCE(wq->head.next);
	kasan_guest_unpark(wq);
}

#define wake_up(wq) __wake_up(wq)
#define wake_up_all(wq) __wake_up(wq)
#define wake_up_interruptible(wq) __wake_up(wq)
#define wake_up_interruptible_all(wq) __wake_up(wq)
#define waitqueue_active(wq) (!list_empty(&(wq)->head))

/* Whether the condition became true before the deadline (ns of the clock). Other results of the wait end the guest. */
#define __wait_event(address, condition, deadline, daemon, what) \
	({ \
		bool __met; \
		for (;;) { \
			int __woken; \
			kasan_guest_prepare(address, daemon); \
			__met = (condition); \
			if (__met) { \
				kasan_guest_cancel(); \
				break; \
			} \
			__woken = kasan_guest_wait(deadline); \
			if (__woken == 2) \
				kasan_guest_deadlock(what); \
			if (__woken == 1) { \
				__met = (condition); \
				break; \
			} \
		} \
		__met; \
	})

/* The deadline of a wait of the given number of jiffies. */
s64 kasan_guest_deadline(unsigned long timeout);

#define wait_event(wq, condition) ((void)__wait_event(&(wq), condition, S64_MAX, 0, "wait_event"))
#define wait_event_interruptible(wq, condition) \
	({ \
		(void)__wait_event(&(wq), condition, S64_MAX, 1, "wait_event"); \
		0; \
	})
#define wait_event_killable(wq, condition) wait_event_interruptible(wq, condition)
#define wait_event_timeout(wq, condition, timeout) \
	({ \
		unsigned long __wait_end = jiffies + (timeout); \
		__wait_event(&(wq), condition, kasan_guest_deadline(timeout), 0, "wait_event") \
			? max((long)(__wait_end - jiffies), 1L) \
			: 0L; \
	})
#define wait_event_interruptible_timeout(wq, condition, timeout) wait_event_timeout(wq, condition, timeout)

#endif
