/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* A queue is an address: the machine knows which task waits for it. */
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

/* The running task is about to look at what it waits for, at address; from now on waking it is not lost. */
void kasan_guest_prepare(const volatile void *address, int daemon);
/* It need not wait. */
void kasan_guest_cancel(void);
/* Waits until woken, or until the clock says so. 0: woken; 1: it is time; 2: nothing is left that could wake it. */
int kasan_guest_wait(s64 deadline);
/* Wakes all who wait for an address; does not touch what lies there. */
void kasan_guest_unpark(const volatile void *address);
void kasan_guest_deadlock(const char *what) __noreturn;

/* Touches the queue: one that was freed is found. */
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

/* Whether the condition came to hold before the deadline (ns of the clock). What else the loop meets ends the guest. */
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

/* When a wait of so many jiffies ends. */
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
