/* SPDX-License-Identifier: MIT */
/* Wait queues and completions are the tree's; they need a scheduler's few entry points, which are here and in schedule.c. */
#include <kasan/park.h>
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/wake_q.h>
#include <linux/spinlock.h>
#include <linux/swait.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/hash.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "../../lib/later.h"

int default_wake_function(struct wait_queue_entry *curr, unsigned int mode, int wake_flags, void *key)
{
	return wake_up_state(curr->private, mode);
}

int wake_up_state(struct task_struct *tsk, unsigned int state)
{
	return READ_ONCE(tsk->__state) & state ? wake_up_process(tsk) : 0;
}

static int try_to_wake_up(struct task_struct *tsk, unsigned int state, int wake_flags)
{
	return wake_up_state(tsk, state);
}

void wake_q_add(struct wake_q_head *head, struct task_struct *task)
{
	struct wake_q_node *node = &task->wake_q;

	if (cmpxchg_relaxed(&node->next, NULL, WAKE_Q_TAIL))
		return;
	get_task_struct(task);
	*head->lastp = node;
	head->lastp = &node->next;
}

void wake_q_add_safe(struct wake_q_head *head, struct task_struct *task)
{
	wake_q_add(head, task);
	put_task_struct(task);
}

void wake_up_q(struct wake_q_head *head)
{
	struct wake_q_node *node = head->first;

	while (node != WAKE_Q_TAIL) {
		struct task_struct *task = container_of(node, struct task_struct, wake_q);

		node = node->next;
		WRITE_ONCE(task->wake_q.next, NULL);
		wake_up_process(task);
		put_task_struct(task);
	}
}

struct task_struct *kthread_create_on_cpu(int (*threadfn)(void *data), void *data, unsigned int cpu, const char *namefmt)
{
	return kasan_guest_kthread_create_on_cpu(threadfn, data, cpu, namefmt, cpu);
}

void schedule_preempt_disabled(void)
{
	schedule();
}

void yield(void)
{
	__set_current_state(TASK_RUNNING);
	schedule();
}

/* Nobody tells a task to let others run, as need_resched() would say: it keeps its lock. */
int __cond_resched_lock(spinlock_t *lock)
{
	return 0;
}

int __cond_resched_rwlock_read(rwlock_t *lock)
{
	return 0;
}

int __cond_resched_rwlock_write(rwlock_t *lock)
{
	return 0;
}

long io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}

long schedule_timeout_idle(long timeout)
{
	set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_killable(long timeout)
{
	set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

void io_schedule(void)
{
	schedule();
}

int io_schedule_prepare(void)
{
	return 0;
}

void io_schedule_finish(int token)
{
}

bool kthread_should_stop_or_park(void)
{
	return kthread_should_stop();
}

int set_cpus_allowed_ptr(struct task_struct *task, const struct cpumask *new_mask)
{
	return 0;
}

void sched_set_fifo(struct task_struct *task)
{
}

void sched_set_fifo_low(struct task_struct *task)
{
}

void sched_set_normal(struct task_struct *task, int nice)
{
}

void set_user_nice(struct task_struct *task, long nice)
{
}

bool set_freezable(void)
{
	return false;
}

/* A task on another CPU is not in user mode: it sees what it is to do when it returns there. */
void kick_process(struct task_struct *tsk)
{
}

void __sched schedule_rtlock(void)
{
	schedule();
}

void sched_show_task(struct task_struct *task)
{
}

#ifndef wake_up_swait_queue
/* Hints to a scheduler (kernel/sched/sched.h), which are ignored here. */
#define WF_SYNC 0x10
#define WF_CURRENT_CPU 0x40

/* A kernel compiles these files together as well (kernel/sched/build_utility.c). */
/* Before 5.18, each of these is compiled by itself. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#include "kernel/sched/swait.c"
#include "kernel/sched/completion.c"
#include "kernel/sched/wait.c"
#include "kernel/sched/wait_bit.c"
#endif
#endif

void __put_task_struct_rcu_cb(struct rcu_head *rhp)
{
	__put_task_struct(container_of(rhp, struct task_struct, rcu));
}
