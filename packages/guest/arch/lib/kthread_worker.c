/* SPDX-License-Identifier: MIT */
/* More of kernel threads: parking, freezing and signals, of which there are none. */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>

bool kthread_should_park(void)
{
	return false;
}

void kthread_parkme(void)
{
}

bool kthread_freezable_should_stop(bool *was_frozen)
{
	if (was_frozen)
		*was_frozen = false;
	return kthread_should_stop();
}

bool freezing_slow_path(struct task_struct *p)
{
	return false;
}

DEFINE_STATIC_KEY_FALSE(freezer_active);

int send_sig(int sig, struct task_struct *task, int priv)
{
	return 0;
}

void flush_signals(struct task_struct *task)
{
}
