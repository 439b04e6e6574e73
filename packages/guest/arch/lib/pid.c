/* SPDX-License-Identifier: MIT */
/* Identifiers of tasks are the machine's. Each task has the struct pid of a kernel's first task, which is in the first namespace. */
#include <linux/pid.h>
#include <linux/sched.h>
#include "kernel/pid.c"

static __attribute__((constructor)) void give_pid(void)
{
	current->thread_pid = &init_struct_pid;
}
