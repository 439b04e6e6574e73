/* SPDX-License-Identifier: MIT */
/* Identifiers of tasks are the machine's. The struct pid that goes with one is the tree's, in the first namespace. */
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "kernel/pid.c"

/* As alloc_pid(), but for a number that is given. */
static struct pid *first_namespace_pid(pid_t nr)
{
	struct pid *pid = kmem_cache_zalloc(init_pid_ns.pid_cachep, GFP_KERNEL);

	if (!pid)
		return NULL;
	refcount_set(&pid->count, 1);
	spin_lock_init(&pid->lock);
	for (int type = 0; type < PIDTYPE_MAX; type++)
		INIT_HLIST_HEAD(&pid->tasks[type]);
	init_waitqueue_head(&pid->wait_pidfd);
	pid->numbers[0] = (struct upid){ .nr = nr, .ns = &init_pid_ns };
	idr_preload(GFP_KERNEL);
	spin_lock_irq(&pidmap_lock);
	if (idr_alloc(&init_pid_ns.idr, pid, nr, nr + 1, GFP_ATOMIC) == nr) {
		init_pid_ns.pid_allocated++;
	} else {
		kmem_cache_free(init_pid_ns.pid_cachep, pid);
		pid = NULL;
	}
	spin_unlock_irq(&pidmap_lock);
	idr_preload_end();
	return pid;
}

/*
 * Called for each task that is created (lib/task.c). Without memory, and early at boot, it keeps the struct pid of the task that
 * creates it.
 */
void kasan_guest_attach_pid(struct task_struct *tsk)
{
	struct pid *pid = init_pid_ns.pid_cachep ? first_namespace_pid(tsk->pid) : NULL;

	if (!pid)
		return;
	tsk->thread_pid = pid;
	hlist_add_head_rcu(&tsk->pid_links[PIDTYPE_PID], &pid->tasks[PIDTYPE_PID]);
}

/* Called when it ends. */
void kasan_guest_detach_pid(struct task_struct *tsk)
{
	struct pid *pid = tsk->thread_pid;

	if (hlist_unhashed(&tsk->pid_links[PIDTYPE_PID]))
		return;
	hlist_del_init_rcu(&tsk->pid_links[PIDTYPE_PID]);
	tsk->thread_pid = NULL;
	free_pid(pid);
}

static void give_pid(struct task_struct *tsk, struct pid *pid)
{
	tsk->thread_pid = pid;
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		tsk->signal->pids[type] = pid;
}

static __attribute__((constructor)) void give_init_pid(void)
{
	give_pid(current, &init_struct_pid);
}

/* Called at boot after pid_idr_init(): the task that loads modules has a number of its own. */
void kasan_guest_attach_first_task(void)
{
	kasan_guest_attach_pid(current);
	give_pid(current, current->thread_pid);
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		hlist_add_head_rcu(&current->pid_links[type], &current->thread_pid->tasks[type]);
}
