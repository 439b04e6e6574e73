/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <kasan/park.h>
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

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

#define wait_event(wq, condition) ((void)kasan_guest_wait_for(&(wq), condition, S64_MAX, 0, "wait_event"))
#define wait_event_interruptible(wq, condition) \
	({ \
		(void)kasan_guest_wait_for(&(wq), condition, S64_MAX, 1, "wait_event"); \
		0; \
	})
#define wait_event_killable(wq, condition) wait_event_interruptible(wq, condition)
#define wait_event_timeout(wq, condition, timeout) \
	({ \
		unsigned long __wait_end = jiffies + (timeout); \
		kasan_guest_wait_for(&(wq), condition, kasan_guest_deadline(timeout), 0, "wait_event") \
			? max((long)(__wait_end - jiffies), 1L) \
			: 0L; \
	})
#define wait_event_interruptible_timeout(wq, condition, timeout) wait_event_timeout(wq, condition, timeout)

#endif
