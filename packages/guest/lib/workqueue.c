/* SPDX-License-Identifier: MIT */
/* Queued work. */
#include <linux/bug.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "later.h"

struct workqueue_struct {
	char name[24];
};

static struct workqueue_struct events = { "events" };
struct workqueue_struct *system_wq = &events;
struct workqueue_struct *system_highpri_wq = &events;
struct workqueue_struct *system_long_wq = &events;
struct workqueue_struct *system_unbound_wq = &events;

static LIST_HEAD(works);
static DEFINE_RAW_SPINLOCK(works_lock);

/* A work that waits leaves those behind it to another worker. */
struct worker {
	struct worker *next;
	struct task_struct *task;
	struct work_struct *current_work;
	struct workqueue_struct *current_queue;
};

#define MAX_WORKERS 16
static struct worker *workers;
static unsigned int worker_count, idle_workers;

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	return wq;
}

static struct workqueue_struct *work_queue(struct work_struct *work)
{
	return (void *)(atomic_long_read(&work->data) & ~BIT(WORK_STRUCT_PENDING_BIT));
}

static void start_worker(void);

static noinline void insert_work(struct workqueue_struct *wq, struct work_struct *work)
{
	kasan_record_aux_stack_noalloc(work);
	atomic_long_set(&work->data, (unsigned long)wq | BIT(WORK_STRUCT_PENDING_BIT));
	list_add_tail(&work->entry, &works);
}

static noinline void __queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;
	bool all_busy;

	raw_spin_lock_irqsave(&works_lock, flags);
	insert_work(wq, work);
	all_busy = idle_workers == 0 && worker_count < MAX_WORKERS;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	kasan_guest_unpark(&works);
	if (all_busy)
		start_worker();
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	__queue_work(wq, work);
	return true;
}

/* The work may free itself. */
static noinline void process_one_work(struct worker *worker, struct work_struct *work)
{
	work_func_t func = work->func;

	clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	raw_spin_unlock(&works_lock);
	current->flags |= PF_WQ_WORKER;
	func(work);
	current->flags &= ~PF_WQ_WORKER;
	raw_spin_lock(&works_lock);
	worker->current_work = NULL;
	worker->current_queue = NULL;
}

static int worker_thread(void *data)
{
	struct worker *worker = data;

	for (;;) {
		(void)__wait_event(&works, !list_empty(&works), S64_MAX, 1, "worker_thread");
		raw_spin_lock(&works_lock);
		while (!list_empty(&works)) {
			struct work_struct *work = list_first_entry(&works, struct work_struct, entry);

			list_del_init(&work->entry);
			worker->current_work = work;
			worker->current_queue = work_queue(work);
			idle_workers--;
			process_one_work(worker, work);
			idle_workers++;
			kasan_guest_unpark(&workers);
		}
		raw_spin_unlock(&works_lock);
	}
}

static void start_worker(void)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_ATOMIC);
	unsigned long flags;
	unsigned int id;

	if (!worker)
		return;
	raw_spin_lock_irqsave(&works_lock, flags);
	id = worker_count++;
	idle_workers++;
	worker->next = workers;
	workers = worker;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	worker->task = kasan_guest_kthread_create_on_cpu(worker_thread, worker, id % num_online_cpus(), "kworker/%u:%u",
							 id % num_online_cpus(), id / num_online_cpus());
	if (!IS_ERR(worker->task))
		wake_up_process(worker->task);
}

void wq_worker_sleeping(void)
{
	unsigned long flags;
	bool left;

	raw_spin_lock_irqsave(&works_lock, flags);
	left = !list_empty(&works) && idle_workers == 0 && worker_count < MAX_WORKERS;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	if (left)
		start_worker();
}

static bool is_running(struct work_struct *work)
{
	struct worker *worker;

	for (worker = READ_ONCE(workers); worker; worker = worker->next)
		if (READ_ONCE(worker->current_work) == work)
			return true;
	return false;
}

static bool is_queued(struct work_struct *work)
{
	struct work_struct *other;
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&works_lock, flags);
	list_for_each_entry(other, &works, entry)
		if (other == work)
			found = true;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return found;
}

bool flush_work(struct work_struct *work)
{
	bool waited = is_queued(work) || is_running(work);

	if (waited)
		wait_until(&workers, !is_queued(work) && !is_running(work), "flush_work");
	return waited;
}

bool cancel_work(struct work_struct *work)
{
	unsigned long flags;
	bool was_pending;

	raw_spin_lock_irqsave(&works_lock, flags);
	was_pending = test_and_clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	if (was_pending)
		list_del_init(&work->entry);
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return was_pending;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was_pending = cancel_work(work);

	wait_until(&workers, !is_running(work), "cancel_work_sync");
	return was_pending;
}

static bool is_busy(struct workqueue_struct *wq)
{
	struct work_struct *work;
	struct worker *worker;
	unsigned long flags;
	bool busy = false;

	raw_spin_lock_irqsave(&works_lock, flags);
	list_for_each_entry(work, &works, entry)
		busy |= work_queue(work) == wq;
	for (worker = workers; worker; worker = worker->next)
		busy |= worker->current_queue == wq;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return busy;
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	wait_until(&workers, !is_busy(wq), "flush_workqueue");
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	__flush_workqueue(wq);
	kfree(wq);
}

void delayed_work_timer_fn(struct timer_list *t)
{
	struct delayed_work *dwork = from_timer(dwork, t, timer);

	__queue_work(dwork->wq, &dwork->work);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(&dwork->work)))
		return false;
	dwork->wq = wq;
	if (delay)
		mod_timer(&dwork->timer, jiffies + delay);
	else
		__queue_work(wq, &dwork->work);
	return true;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	timer_delete(&dwork->timer);
	return cancel_work(&dwork->work);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	timer_delete_sync(&dwork->timer);
	return cancel_work_sync(&dwork->work);
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	bool was_pending = cancel_delayed_work(dwork);

	queue_delayed_work_on(cpu, wq, dwork, delay);
	return was_pending;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (timer_delete(&dwork->timer))
		__queue_work(dwork->wq, &dwork->work);
	return flush_work(&dwork->work);
}
