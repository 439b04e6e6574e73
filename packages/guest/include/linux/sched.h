/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

#define TASK_RUNNING 0x00000000
#define TASK_INTERRUPTIBLE 0x00000001
#define TASK_UNINTERRUPTIBLE 0x00000002
#define TASK_COMM_LEN 16
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

/* Of a task, what messages print. */
struct task_struct {
	pid_t pid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
};

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

#define get_task_comm(buf, tsk) strscpy_pad(buf, (tsk)->comm)
#define get_task_struct(tsk) (tsk)
#define put_task_struct(tsk) ((void)(tsk))
#define set_current_state(state) ((void)(state))
#define __set_current_state(state) ((void)(state))
#define signal_pending(tsk) ((void)(tsk), 0)
#define fatal_signal_pending(tsk) ((void)(tsk), 0)
#define need_resched() 0

void schedule(void);
long schedule_timeout(long timeout);
#define schedule_timeout_interruptible(timeout) schedule_timeout(timeout)
#define schedule_timeout_uninterruptible(timeout) schedule_timeout(timeout)
#define schedule_timeout_killable(timeout) schedule_timeout(timeout)
#define yield() schedule()

#endif
