/* SPDX-License-Identifier: MIT */
/*
 * The root of all mounts: an empty file system in memory, as a kernel has when it boots from a disk (init/do_mounts.c). The first task,
 * whose root it becomes, is in the first namespaces from the beginning (init/init_task.c).
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/ramfs.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <linux/version.h>

struct file_system_type rootfs_fs_type = {
	.name = "rootfs",
	.init_fs_context = ramfs_init_fs_context,
	.kill_sb = kill_litter_super,
};

void __init init_rootfs(void)
{
}

static __attribute__((constructor)) void enter_namespaces(void)
{
	current->nsproxy = &init_nsproxy;
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
