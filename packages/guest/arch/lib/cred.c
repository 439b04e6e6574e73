/* SPDX-License-Identifier: MIT */
/* Credentials are the tree's. A task that has none yet gets those of a kernel's first task, as kernel threads have them. */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/sched.h>
#include "kernel/cred.c"

const struct cred *kasan_guest_cred(struct task_struct *task)
{
	if (!task->cred) {
		rcu_assign_pointer(task->real_cred, get_cred(&init_cred));
		rcu_assign_pointer(task->cred, get_cred(&init_cred));
	}
	return rcu_dereference_protected(task->cred, 1);
}

static __attribute__((constructor)) void give_credentials(void)
{
	kasan_guest_cred(current);
}
