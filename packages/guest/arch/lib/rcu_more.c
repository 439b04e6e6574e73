/* SPDX-License-Identifier: MIT */
/* RCU by names that guests without a kernel's source do not have. A cookie is the number of a grace period. */
#include <linux/rcupdate.h>

int kasan_guest_rcu_start(void);
int kasan_guest_rcu_done(void);

/* Nothing is faster than to let others run. */
void synchronize_rcu_expedited(void)
{
	synchronize_rcu();
}

unsigned long get_completed_synchronize_rcu(void)
{
	return kasan_guest_rcu_done();
}

unsigned long get_state_synchronize_rcu(void)
{
	return kasan_guest_rcu_start();
}

unsigned long start_poll_synchronize_rcu(void)
{
	return kasan_guest_rcu_start();
}

bool poll_state_synchronize_rcu(unsigned long oldstate)
{
	return (int)(kasan_guest_rcu_done() - oldstate) >= 0;
}

void cond_synchronize_rcu(unsigned long oldstate)
{
	if (!poll_state_synchronize_rcu(oldstate))
		synchronize_rcu();
}

/* Grace periods end where tasks let others run, not within softirqs. */
void rcu_softirq_qs(void)
{
}

/* Called at the end of a reader that cannot be preempted, for grace periods that end at once: there are none such. */
void rcu_read_unlock_strict(void)
{
}
