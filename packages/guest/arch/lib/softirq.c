/* SPDX-License-Identifier: MIT */
/*
 * Softirqs and tasklets. Nothing interrupts guests, so that softirqs run where a task enables them again; those that are raised while they
 * are enabled are left to ksoftirqd. Timers and RCU callbacks are the machine's: they run when a task lets others run (lib/schedule.c).
 */
#include <linux/bottom_half.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/version.h>
#include <linux/wait_bit.h>
#include "../../lib/later.h"

DEFINE_PER_CPU_ALIGNED(irq_cpustat_t, irq_stat);
DEFINE_PER_CPU(struct task_struct *, ksoftirqd);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define ACTION(name) void name(void)
#define RUN_ACTION(softirq) ((softirq)->action())
#else
#define ACTION(name) void name(struct softirq_action *unused)
#define RUN_ACTION(softirq) ((softirq)->action(softirq))
#endif
static struct softirq_action softirq_vec[NR_SOFTIRQS];

/* How often a softirq that raises another one is followed at once (kernel/softirq.c, MAX_SOFTIRQ_RESTART). */
#define MAX_SOFTIRQ_RESTART 10

void open_softirq(int nr, typeof(softirq_vec->action) action)
{
	softirq_vec[nr].action = action;
}

static int run_ksoftirqd(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (local_softirq_pending())
			__set_current_state(TASK_RUNNING);
		schedule();
		do_softirq();
	}
	return 0;
}

/* The thread is there from the time when it is first needed. */
static void wakeup_softirqd(void)
{
	struct task_struct *tsk = this_cpu_read(ksoftirqd);
	int cpu = smp_processor_id();

	if (!tsk) {
		tsk = kasan_guest_kthread_create_on_cpu(run_ksoftirqd, NULL, cpu, "ksoftirqd/%d", cpu);
		if (WARN_ON_ONCE(IS_ERR(tsk)))
			return;
		this_cpu_write(ksoftirqd, tsk);
	}
	wake_up_process(tsk);
}

static void handle_softirqs(void)
{
	int restarts = MAX_SOFTIRQ_RESTART;

	__local_bh_disable_ip(_RET_IP_, SOFTIRQ_OFFSET);
	do {
		unsigned long pending = local_softirq_pending();
		unsigned int nr;

		set_softirq_pending(0);
		for_each_set_bit(nr, &pending, NR_SOFTIRQS)
			RUN_ACTION(&softirq_vec[nr]);
	} while (local_softirq_pending() && --restarts);
	preempt_count_sub(SOFTIRQ_OFFSET);
	if (local_softirq_pending())
		wakeup_softirqd();
}

void do_softirq(void)
{
	if (!in_interrupt() && local_softirq_pending())
		handle_softirqs();
}

void __local_bh_enable_ip(unsigned long ip, unsigned int cnt)
{
	preempt_count_sub(cnt);
	if (unlikely(local_softirq_pending()))
		do_softirq();
}

void _local_bh_enable(void)
{
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}

void __raise_softirq_irqoff(unsigned int nr)
{
	or_softirq_pending(1UL << nr);
}

void raise_softirq_irqoff(unsigned int nr)
{
	__raise_softirq_irqoff(nr);
	if (!in_interrupt())
		wakeup_softirqd();
}

void raise_softirq(unsigned int nr)
{
	unsigned long flags;

	local_irq_save(flags);
	raise_softirq_irqoff(nr);
	local_irq_restore(flags);
}

/* Tasklets that wait, by CPU. */
struct tasklet_list {
	struct tasklet_struct *first, **last;
};
static DEFINE_PER_CPU(struct tasklet_list, tasklets);
static DEFINE_PER_CPU(struct tasklet_list, high_tasklets);

static void append(struct tasklet_list *list, struct tasklet_struct *t)
{
	t->next = NULL;
	if (!list->first)
		list->last = &list->first;
	*list->last = t;
	list->last = &t->next;
}

/* Runs a tasklet, unless it runs on another CPU or is disabled: then it waits for its next turn. */
static bool run_tasklet(struct tasklet_struct *t)
{
	if (!tasklet_trylock(t))
		return false;
	if (atomic_read(&t->count)) {
		tasklet_unlock(t);
		return false;
	}
	if (WARN_ON_ONCE(!test_and_clear_bit(TASKLET_STATE_SCHED, &t->state)))
		return true;
	wake_up_var(&t->state);
	if (t->use_callback)
		t->callback(t);
	else
		t->func(t->data);
	tasklet_unlock(t);
	return true;
}

static void run_tasklets(struct tasklet_list *list, unsigned int softirq)
{
	struct tasklet_struct *t = list->first, *next;

	list->first = NULL;
	for (; t; t = next) {
		next = t->next;
		if (run_tasklet(t))
			continue;
		append(list, t);
		__raise_softirq_irqoff(softirq);
	}
}

static ACTION(tasklet_action)
{
	run_tasklets(this_cpu_ptr(&tasklets), TASKLET_SOFTIRQ);
}

static ACTION(tasklet_hi_action)
{
	run_tasklets(this_cpu_ptr(&high_tasklets), HI_SOFTIRQ);
}

void __tasklet_schedule(struct tasklet_struct *t)
{
	open_softirq(TASKLET_SOFTIRQ, tasklet_action);
	append(this_cpu_ptr(&tasklets), t);
	raise_softirq(TASKLET_SOFTIRQ);
}

void __tasklet_hi_schedule(struct tasklet_struct *t)
{
	open_softirq(HI_SOFTIRQ, tasklet_hi_action);
	append(this_cpu_ptr(&high_tasklets), t);
	raise_softirq(HI_SOFTIRQ);
}

void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *))
{
	*t = (struct tasklet_struct){ .callback = callback, .use_callback = true };
}

void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long), unsigned long data)
{
	*t = (struct tasklet_struct){ .func = func, .data = data };
}

void tasklet_kill(struct tasklet_struct *t)
{
	wait_var_event(&t->state, !test_and_set_bit(TASKLET_STATE_SCHED, &t->state));
	tasklet_unlock_wait(t);
	clear_bit(TASKLET_STATE_SCHED, &t->state);
	wake_up_var(&t->state);
}

/* Before 5.14, these are inline functions. */
#if defined(CONFIG_SMP) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
void tasklet_unlock(struct tasklet_struct *t)
{
	clear_bit_unlock(TASKLET_STATE_RUN, &t->state);
	wake_up_var(&t->state);
}

void tasklet_unlock_wait(struct tasklet_struct *t)
{
	wait_var_event(&t->state, !test_bit(TASKLET_STATE_RUN, &t->state));
}

void tasklet_unlock_spin_wait(struct tasklet_struct *t)
{
	while (test_bit(TASKLET_STATE_RUN, &t->state))
		cpu_relax();
}
#endif
