/* SPDX-License-Identifier: MIT */
/* Work for an interrupt (kernel/irq_work.c). There are no interrupts: it runs where expired timers do, as soon as a task lets others run. */
#include <linux/irq_work.h>
#include <linux/kasan.h>
#include <linux/llist.h>
#include <linux/processor.h>
#include <linux/timer.h>

static LLIST_HEAD(raised);

static void run_raised(struct timer_list *timer)
{
	struct llist_node *works = llist_reverse_order(llist_del_all(&raised));
	struct irq_work *work, *next;

	llist_for_each_entry_safe(work, next, works, node.llist) {
		int flags = atomic_read(&work->node.a_flags) & ~IRQ_WORK_PENDING;

		/* From now on it can be queued again. */
		atomic_set(&work->node.a_flags, flags);
		smp_mb();
		work->func(work);
		atomic_cmpxchg(&work->node.a_flags, flags, flags & ~IRQ_WORK_BUSY);
	}
}

static DEFINE_TIMER(raise_timer, run_raised);

bool irq_work_queue(struct irq_work *work)
{
	if (atomic_fetch_or(IRQ_WORK_CLAIMED, &work->node.a_flags) & IRQ_WORK_PENDING)
		return false;
	kasan_record_aux_stack(work);
	if (llist_add(&work->node.llist, &raised))
		mod_timer(&raise_timer, jiffies);
	return true;
}

/* Any CPU runs it. */
bool irq_work_queue_on(struct irq_work *work, int cpu)
{
	return irq_work_queue(work);
}

void irq_work_sync(struct irq_work *work)
{
	while (atomic_read(&work->node.a_flags) & IRQ_WORK_BUSY)
		cpu_relax();
}
