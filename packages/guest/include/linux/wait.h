/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* A queue is a name: the one task that waits looks again by itself. */
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

/* Touches the queue, as waking does: one that was freed is found. */
static inline void __wake_up(struct wait_queue_head *wq)
{
	(void)READ_ONCE(wq->head.next);
}

#define wake_up(wq) __wake_up(wq)
#define wake_up_all(wq) __wake_up(wq)
#define wake_up_interruptible(wq) __wake_up(wq)
#define wake_up_interruptible_all(wq) __wake_up(wq)
#define waitqueue_active(wq) (!list_empty(&(wq)->head))

/* Lets run what is queued, until the condition holds or nothing is left that could make it hold. */
bool kasan_guest_wait(void);
void kasan_guest_deadlock(const char *what) __noreturn;

#define wait_event(wq, condition) \
	do { \
		(void)&(wq); \
		while (!(condition)) \
			if (!kasan_guest_wait()) \
				kasan_guest_deadlock("wait_event"); \
	} while (0)
#define wait_event_interruptible(wq, condition) \
	({ \
		wait_event(wq, condition); \
		0; \
	})
#define wait_event_killable(wq, condition) wait_event_interruptible(wq, condition)
#define wait_event_timeout(wq, condition, timeout) \
	({ \
		unsigned long __wait_end = jiffies + (timeout); \
		long __wait_left; \
		(void)&(wq); \
		while (!(condition) && time_before(jiffies, __wait_end)) \
			schedule_timeout(1); \
		__wait_left = __wait_end - jiffies; \
		(condition) ? max(__wait_left, 1L) : 0L; \
	})
#define wait_event_interruptible_timeout(wq, condition, timeout) wait_event_timeout(wq, condition, timeout)

#endif
