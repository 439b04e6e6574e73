/* SPDX-License-Identifier: MIT */
/* Work queues by names that guests without a kernel's source do not have. */
#include <linux/workqueue.h>

struct workqueue_struct *system_freezable_wq, *system_power_efficient_wq, *system_freezable_power_efficient_wq;
struct workqueue_struct *system_bh_wq, *system_bh_highpri_wq;
/* Since 6.17. */
struct workqueue_struct *system_percpu_wq, *system_dfl_wq;

static __attribute__((constructor)) void name_queues(void)
{
	system_freezable_wq = system_wq;
	system_power_efficient_wq = system_wq;
	system_freezable_power_efficient_wq = system_wq;
	system_bh_wq = system_wq;
	system_bh_highpri_wq = system_wq;
	system_percpu_wq = system_wq;
	system_dfl_wq = system_wq;
}

bool queue_work_node(int node, struct workqueue_struct *wq, struct work_struct *work)
{
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

bool current_is_workqueue_rescuer(void)
{
	return false;
}

/* What a worker is at stands in the kernel's lists of tasks, which nobody prints here. */
void set_worker_desc(const char *fmt, ...)
{
}

/* Each work that waits has a worker: there is no limit to change. */
void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
}
