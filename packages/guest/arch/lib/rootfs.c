/* SPDX-License-Identifier: MIT */
/*
 * The root of all mounts: an empty file system in memory, as a kernel has when it boots from a disk (init/do_mounts.c). The first task,
 * whose root it becomes, is in the first namespaces from the beginning (init/init_task.c).
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/nsproxy.h>
#include <linux/ramfs.h>
#include <linux/sched.h>

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
