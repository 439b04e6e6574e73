/* SPDX-License-Identifier: MIT */
/* Credentials are the tree's. A task that has none yet gets those of a kernel's first task, as kernel threads have them. */
#include <linux/cred.h>
#include <linux/init_task.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>
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

/* How many threads there may be where their stacks get an eighth of memory, and the least (kernel/fork.c). */
#define MAX_THREADS max_t(unsigned long, totalram_pages() * PAGE_SIZE / (8 * THREAD_SIZE), 20)
/* Since 5.14, users have limits on resources as well. At first, they stand in the same array. */
#ifndef MAX_PER_NAMESPACE_UCOUNTS
#define MAX_PER_NAMESPACE_UCOUNTS UCOUNT_COUNTS
#endif

/* What users may have of each kind of namespace. */
static __attribute__((constructor)) void set_limits(void)
{
	for (int i = 0; i < MAX_PER_NAMESPACE_UCOUNTS; i++)
		init_user_ns.ucount_max[i] = MAX_THREADS / 2;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
	for (int i = 0; i < UCOUNT_RLIMIT_COUNTS; i++)
		set_userns_rlimit_max(&init_user_ns, i, RLIM_INFINITY);
#endif
}
