/* SPDX-License-Identifier: MIT */
/* Cookies of RCU for normal and for expedited grace periods at once (Linux 6.1 and later). Both are the same here. */
#include <linux/rcupdate.h>

static struct rcu_gp_oldstate full(unsigned long cookie)
{
	return (struct rcu_gp_oldstate){ .rgos_norm = cookie, .rgos_exp = cookie };
}

void get_completed_synchronize_rcu_full(struct rcu_gp_oldstate *rgosp)
{
	*rgosp = full(get_completed_synchronize_rcu());
}

void get_state_synchronize_rcu_full(struct rcu_gp_oldstate *rgosp)
{
	*rgosp = full(get_state_synchronize_rcu());
}

void start_poll_synchronize_rcu_full(struct rcu_gp_oldstate *rgosp)
{
	*rgosp = full(start_poll_synchronize_rcu());
}

unsigned long start_poll_synchronize_rcu_expedited(void)
{
	return start_poll_synchronize_rcu();
}

void start_poll_synchronize_rcu_expedited_full(struct rcu_gp_oldstate *rgosp)
{
	start_poll_synchronize_rcu_full(rgosp);
}

bool poll_state_synchronize_rcu_full(struct rcu_gp_oldstate *rgosp)
{
	return poll_state_synchronize_rcu(rgosp->rgos_norm);
}

void cond_synchronize_rcu_full(struct rcu_gp_oldstate *rgosp)
{
	cond_synchronize_rcu(rgosp->rgos_norm);
}

void cond_synchronize_rcu_expedited(unsigned long oldstate)
{
	cond_synchronize_rcu(oldstate);
}

void cond_synchronize_rcu_expedited_full(struct rcu_gp_oldstate *rgosp)
{
	cond_synchronize_rcu(rgosp->rgos_norm);
}
