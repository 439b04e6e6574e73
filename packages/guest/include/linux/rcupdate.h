/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_RCUPDATE_H
#define __LINUX_RCUPDATE_H

#include <asm/barrier.h>
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/types.h>

/*
 * On one CPU a grace period is over whenever the task waits: callbacks run in synchronize_rcu(), rcu_barrier() and
 * what sleeps, and not before.
 */
static inline void rcu_read_lock(void)
{
	barrier();
}

static inline void rcu_read_unlock(void)
{
	barrier();
}

#define rcu_read_lock_bh() rcu_read_lock()
#define rcu_read_unlock_bh() rcu_read_unlock()
#define rcu_read_lock_sched() rcu_read_lock()
#define rcu_read_unlock_sched() rcu_read_unlock()
#define rcu_read_lock_held() 1
#define rcu_read_lock_bh_held() 1
#define rcu_read_lock_sched_held() 1
#define RCU_LOCKDEP_WARN(c, s) do { } while (0)

#define rcu_access_pointer(p) READ_ONCE(p)
#define rcu_dereference(p) READ_ONCE(p)
#define rcu_dereference_raw(p) READ_ONCE(p)
#define rcu_dereference_bh(p) READ_ONCE(p)
#define rcu_dereference_sched(p) READ_ONCE(p)
#define rcu_dereference_check(p, c) ((void)(c), READ_ONCE(p))
#define rcu_dereference_protected(p, c) ((void)(c), (p))
#define rcu_pointer_handoff(p) (p)
#define RCU_INITIALIZER(v) (v)
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)
#define rcu_assign_pointer(p, v) \
	do { \
		typeof(p) __assigned = (v); \
		smp_store_release(&(p), __assigned); \
	} while (0)
#define rcu_replace_pointer(p, v, c) \
	({ \
		typeof(p) __replaced = rcu_dereference_protected(p, c); \
		rcu_assign_pointer(p, v); \
		__replaced; \
	})

void call_rcu(struct rcu_head *head, rcu_callback_t func);
void synchronize_rcu(void);
void rcu_barrier(void);
#define call_rcu_hurry(head, func) call_rcu(head, func)
#define synchronize_rcu_expedited() synchronize_rcu()
#define synchronize_net() synchronize_rcu()
#define cond_synchronize_rcu(state) ((void)(state), synchronize_rcu())
#define get_state_synchronize_rcu() 0UL

/* Frees after a grace period: with the rcu_head's offset in place of a function, as in kernels; or from a separate list. */
void kvfree_call_rcu(struct rcu_head *head, void *ptr);
#define kfree_rcu(ptr, rhf) \
	do { \
		typeof(ptr) __freed = (ptr); \
		if (__freed) \
			kvfree_call_rcu(&__freed->rhf, (void *)__freed); \
	} while (0)
#define kvfree_rcu(ptr, rhf) kfree_rcu(ptr, rhf)
#define kfree_rcu_mightsleep(ptr) kvfree_rcu_mightsleep(ptr)
#define kvfree_rcu_mightsleep(ptr) \
	do { \
		typeof(ptr) __freed = (ptr); \
		if (__freed) \
			kvfree_call_rcu(NULL, (void *)__freed); \
	} while (0)

static inline void init_rcu_head(struct rcu_head *head)
{
}

static inline void destroy_rcu_head(struct rcu_head *head)
{
}

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif
