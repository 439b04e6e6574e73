/* SPDX-License-Identifier: MIT */
/* Credentials are the tree's. A task that has none yet gets those of a kernel's first task, as kernel threads have them. */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/sched.h>
#include <linux/sched/user.h>
#include <linux/version.h>
#include "kernel/cred.c"

/* Since 6.19, those of the first task are defined with it, and no other file sees them. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
static struct group_info no_groups = { .usage = REFCOUNT_INIT(2) };
static struct cred init_cred = {
	.usage = ATOMIC_INIT(4),
	.securebits = SECUREBITS_DEFAULT,
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.user = INIT_USER,
	.user_ns = &init_user_ns,
	.group_info = &no_groups,
	.ucounts = &init_ucounts,
};
#endif

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
