/* SPDX-License-Identifier: MIT */
/* What torture tests ask of RCU's inside (kernel/rcu/rcu.h). The machine has no threads, no stalls and no boosting of its own there. */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/srcu.h>

int kasan_guest_rcu_done(void);
unsigned long srcu_batches_completed(struct srcu_struct *ssp);

/* The sequence number of a grace period has its state in the lower bits (RCU_SEQ_CTR_SHIFT). */
#define SEQUENCE_SHIFT 2

int rcu_cpu_stall_suppress, rcu_cpu_stall_suppress_at_boot, rcu_cpu_stall_notifiers;
/* How many callers want all grace periods to be expedited. */
static atomic_t expedited;

int rcu_jiffies_till_stall_check(void)
{
	return 21 * HZ;
}

int rcu_exp_jiffies_till_stall_check(void)
{
	return 21 * HZ;
}

bool rcu_inkernel_boot_has_ended(void)
{
	return true;
}

bool rcu_is_watching(void)
{
	return true;
}

bool rcu_gp_is_normal(void)
{
	return false;
}

bool rcu_gp_is_expedited(void)
{
	return atomic_read(&expedited) > 0;
}

void rcu_expedite_gp(void)
{
	atomic_inc(&expedited);
}

void rcu_unexpedite_gp(void)
{
	atomic_dec(&expedited);
}

unsigned long rcu_get_gp_seq(void)
{
	return (unsigned long)kasan_guest_rcu_done() << SEQUENCE_SHIFT;
}

unsigned long rcu_exp_batches_completed(void)
{
	return rcu_get_gp_seq();
}

void rcutorture_get_gp_data(int *flags, unsigned long *gp_seq)
{
	*flags = 0;
	*gp_seq = rcu_get_gp_seq();
}

void srcutorture_get_gp_data(struct srcu_struct *sp, int *flags, unsigned long *gp_seq)
{
	*flags = 0;
	*gp_seq = srcu_batches_completed(sp);
}

void srcu_torture_stats_print(struct srcu_struct *ssp, char *tt, char *tf)
{
}

void rcu_force_quiescent_state(void)
{
}

void rcu_gp_set_torture_wait(int duration)
{
}

void rcu_gp_slow_register(atomic_t *rgssp)
{
}

void rcu_gp_slow_unregister(atomic_t *rgssp)
{
}

bool rcu_check_boost_fail(unsigned long gp_state, int *cpup)
{
	return false;
}

void rcu_fwd_progress_check(unsigned long j)
{
}

int rcu_get_gp_kthreads_prio(void)
{
	return 0;
}

void show_rcu_gp_kthreads(void)
{
}

void do_trace_rcu_torture_read(const char *rcutorturename, struct rcu_head *rhp, unsigned long secs, unsigned long c_old,
			       unsigned long c)
{
}

/* Threads stay on the CPU that they were made for. */
long torture_sched_setaffinity(pid_t pid, const struct cpumask *in_mask)
{
	return 0;
}
