/* SPDX-License-Identifier: MIT */
/* A task stays on the CPU that it was created for. */
#include <linux/preempt.h>
#include <linux/sched.h>

void migrate_disable(void)
{
	current->migration_disabled++;
}

void migrate_enable(void)
{
	current->migration_disabled--;
}
