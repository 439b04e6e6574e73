/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <asm/barrier.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/types.h>

#define TASK_RUNNING 0x00000000
#define TASK_INTERRUPTIBLE 0x00000001
#define TASK_UNINTERRUPTIBLE 0x00000002
#define TASK_COMM_LEN 16
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

#define PF_EXITING 0x00000004
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD 0x00200000

struct kunit;
struct mm_struct;

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	refcount_t usage;
	pid_t pid;
	pid_t tgid;
	int exit_code;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
	struct completion *vfork_done;
	struct kunit *kunit_test;
	/* Data of a kernel thread (lib/task.c). */
	void *worker_private;
};

/* End of user space with the smaller page tables; a guest's memory is always below it. */
#define TASK_SIZE_MAX ((1UL << 47) - 4096)
#define TASK_SIZE TASK_SIZE_MAX

struct task_struct *get_current(void);
#define current get_current()

static inline pid_t task_pid_nr(struct task_struct *tsk)
{
	return tsk->pid;
}

static inline pid_t task_tgid_nr(struct task_struct *tsk)
{
	return tsk->tgid;
}

static inline struct task_struct *get_task_struct(struct task_struct *tsk)
{
	refcount_inc(&tsk->usage);
	return tsk;
}

void __put_task_struct(struct task_struct *tsk);

static inline void put_task_struct(struct task_struct *tsk)
{
	if (refcount_dec_and_test(&tsk->usage))
		__put_task_struct(tsk);
}

int wake_up_process(struct task_struct *tsk);
void do_exit(long code) __noreturn;

#define get_task_comm(buf, tsk) strscpy_pad(buf, (tsk)->comm)
/* From now on, wake-ups of the task are not lost: they set its state, which schedule() looks at. */
#define set_current_state(state) smp_store_mb(current->__state, state)
#define __set_current_state(state) WRITE_ONCE(current->__state, state)
#define get_current_state() READ_ONCE(current->__state)
#define signal_pending(tsk) ((void)(tsk), 0)
#define fatal_signal_pending(tsk) ((void)(tsk), 0)
#define need_resched() 0

void schedule(void);
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_uninterruptible(long timeout);
#define schedule_timeout_killable(timeout) schedule_timeout_uninterruptible(timeout)
#define yield() kasan_guest_yield()
void kasan_guest_yield(void);

#endif
