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

/* Aligned so that a work's data has room for its bits next to the pointer to its queue. */
struct workqueue_struct {
	char name[24];
} __aligned(8);

static struct workqueue_struct events = { "events" };
struct workqueue_struct *system_wq = &events;
struct workqueue_struct *system_highpri_wq = &events;
struct workqueue_struct *system_long_wq = &events;
struct workqueue_struct *system_unbound_wq = &events;

/* A work that is being cancelled cannot be queued. The bit is below those of a pointer, and no other's here. */
#define CANCELING_BIT 1

static LIST_HEAD(works);
static DEFINE_RAW_SPINLOCK(works_lock);

/* A waiting work leaves those behind it to another worker. */
struct worker {
	struct worker *next;
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
	return (void *)(atomic_long_read(&work->data) & ~(BIT(WORK_STRUCT_PENDING_BIT) | BIT(CANCELING_BIT)));
}

static void start_worker(void);

static noinline void insert_work(struct workqueue_struct *wq, struct work_struct *work)
{
	kasan_record_aux_stack(work);
	atomic_long_set(&work->data, (unsigned long)wq | BIT(WORK_STRUCT_PENDING_BIT));
	list_add_tail(&work->entry, &works);
}

/* Whether a work just made pending must not be, because it is being cancelled. Called under the lock. */
static bool refuse(struct work_struct *work)
{
	if (!test_bit(CANCELING_BIT, work_data_bits(work)))
		return false;
	clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	return true;
}

static noinline bool __queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;
	bool refused, all_busy;

	raw_spin_lock_irqsave(&works_lock, flags);
	refused = refuse(work);
	if (!refused)
		insert_work(wq, work);
	all_busy = idle_workers == 0 && worker_count < MAX_WORKERS;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	if (refused)
		return false;
	kasan_guest_unpark(&works);
	if (all_busy)
		start_worker();
	return true;
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	return __queue_work(wq, work);
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
		(void)kasan_guest_wait_for(&works, !list_empty(&works), S64_MAX, 1, "worker_thread");
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

/* Counted before it exists, so that no other is started in its place. */
static void start_worker(void)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_ATOMIC);
	struct task_struct *task;
	unsigned long flags;
	unsigned int id;

	if (!worker)
		return;
	raw_spin_lock_irqsave(&works_lock, flags);
	id = worker_count++;
	idle_workers++;
	raw_spin_unlock_irqrestore(&works_lock, flags);
	task = kasan_guest_kthread_create_on_cpu(worker_thread, worker, id % num_online_cpus(), "kworker/%u:%u",
						 id % num_online_cpus(), id / num_online_cpus());
	raw_spin_lock_irqsave(&works_lock, flags);
	if (IS_ERR(task)) {
		worker_count--;
		idle_workers--;
	} else {
		worker->next = workers;
		workers = worker;
	}
	raw_spin_unlock_irqrestore(&works_lock, flags);
	if (IS_ERR(task))
		kfree(worker);
	else
		wake_up_process(task);
}

void worker_sleeping(void)
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

/*
 * timer: that of a delayed work, or NULL. Returns false if the work is pending
 * but neither queued nor waiting for its timer: it is about to be queued.
 */
static bool try_to_cancel(struct work_struct *work, struct timer_list *timer, bool *was_pending)
{
	unsigned long flags;
	bool waited, queued;

	raw_spin_lock_irqsave(&works_lock, flags);
	*was_pending = work_pending(work);
	waited = timer && timer_delete(timer);
	queued = !list_empty(&work->entry);
	if (queued)
		list_del_init(&work->entry);
	if (waited || queued)
		clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return waited || queued || !*was_pending;
}

static bool cancel(struct work_struct *work, struct timer_list *timer)
{
	bool was_pending;

	while (!try_to_cancel(work, timer, &was_pending))
		cpu_relax();
	return was_pending;
}

static void set_canceling(struct work_struct *work, bool canceling)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&works_lock, flags);
	assign_bit(CANCELING_BIT, work_data_bits(work), canceling);
	raw_spin_unlock_irqrestore(&works_lock, flags);
}

/* While this waits, the work cannot queue itself again; afterwards it can be queued as before. */
static bool cancel_sync(struct work_struct *work, struct timer_list *timer, const char *what)
{
	bool was_pending;

	set_canceling(work, true);
	was_pending = cancel(work, timer);
	wait_until(&workers, !is_running(work), what);
	set_canceling(work, false);
	return was_pending;
}

bool cancel_work(struct work_struct *work)
{
	return cancel(work, NULL);
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_sync(work, NULL, "cancel_work_sync");
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return cancel(&dwork->work, &dwork->timer);
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return cancel_sync(&dwork->work, &dwork->timer, "cancel_delayed_work_sync");
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
	struct delayed_work *dwork = container_of(t, struct delayed_work, timer);

	__queue_work(dwork->wq, &dwork->work);
}

static bool set_work_timer(struct delayed_work *dwork, unsigned long delay)
{
	unsigned long flags;
	bool refused;

	raw_spin_lock_irqsave(&works_lock, flags);
	refused = refuse(&dwork->work);
	if (!refused)
		mod_timer(&dwork->timer, jiffies + delay);
	raw_spin_unlock_irqrestore(&works_lock, flags);
	return !refused;
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(&dwork->work)))
		return false;
	dwork->wq = wq;
	return delay ? set_work_timer(dwork, delay) : __queue_work(wq, &dwork->work);
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
