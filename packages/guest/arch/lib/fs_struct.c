/* SPDX-License-Identifier: MIT */
/* A task's root and working directory are the tree's. The first task has them from the beginning, as a kernel's has. */
#include <linux/fs_struct.h>
#include <linux/sched.h>
#include "fs/fs_struct.c"

static __attribute__((constructor)) void enter_root(void)
{
	current->fs = &init_fs;
}
