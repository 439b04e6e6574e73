/* SPDX-License-Identifier: MIT */
/* A task stays on the CPU that it was created for. */
#define INSTANTIATE_EXPORTED_MIGRATE_DISABLE
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Since 6.18, functions in headers do this, and count in a run queue, of which there is no more here. */
#ifdef this_rq_pinned
struct rq {
	unsigned int nr_pinned;
};
DEFINE_PER_CPU_SHARED_ALIGNED(struct rq, runqueues);

void ___migrate_enable(void)
{
}
#endif

/* Before 5.11, only a real-time kernel moves a task that it could not: these are inline functions. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
void migrate_disable(void)
{
	current->migration_disabled++;
}

void migrate_enable(void)
{
	current->migration_disabled--;
}
#endif
