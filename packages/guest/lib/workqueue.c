/* SPDX-License-Identifier: MIT */
/* Queued work. */
#include <linux/bug.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
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

static noinline void insert_work(struct workqueue_struct *wq, struct work_struct *work)
{
	kasan_record_aux_stack_noalloc(work);
	atomic_long_set(&work->data, (unsigned long)wq | BIT(WORK_STRUCT_PENDING_BIT));
	list_add_tail(&work->entry, &works);
}

static noinline void __queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	insert_work(wq, work);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (test_and_set_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	__queue_work(wq, work);
	return true;
}

/* The work may free itself. */
static noinline void process_one_work(struct work_struct *work)
{
	list_del_init(&work->entry);
	clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work));
	work->func(work);
}

/* A work that waits lets others run, each as a worker of its own. */
struct worker {
	struct worker *next;
	struct task_struct *task;
	bool busy;
};

static struct worker *workers;

static struct worker *idle_worker(void)
{
	static unsigned int count;
	struct worker *worker;
	char name[TASK_COMM_LEN];

	for (worker = workers; worker; worker = worker->next)
		if (!worker->busy)
			return worker;
	worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	if (!worker)
		return NULL;
	snprintf(name, sizeof(name), "kworker/0:%u", count++);
	worker->task = create_task(name);
	if (!worker->task) {
		kfree(worker);
		return NULL;
	}
	worker->next = workers;
	workers = worker;
	return worker;
}

static void worker_thread(void *argument)
{
	process_one_work(argument);
	/* Not a tail call: the worker is in the work's call trace. */
	barrier();
}

static void run_one(struct work_struct *work)
{
	struct worker *worker = idle_worker();

	if (!worker) {
		process_one_work(work);
		return;
	}
	worker->busy = true;
	run_as(worker->task, worker_thread, work);
	worker->busy = false;
}

bool run_work(void)
{
	struct work_struct *work = list_first_entry_or_null(&works, struct work_struct, entry);

	if (!work)
		return false;
	run_one(work);
	return true;
}

static bool is_queued(struct work_struct *work)
{
	return work_pending(work) && !list_empty(&work->entry);
}

bool flush_work(struct work_struct *work)
{
	bool waited = is_queued(work);

	if (waited)
		run_one(work);
	return waited;
}

bool cancel_work(struct work_struct *work)
{
	if (!test_and_clear_bit(WORK_STRUCT_PENDING_BIT, work_data_bits(work)))
		return false;
	list_del_init(&work->entry);
	return true;
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_work(work);
}

void __flush_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;

again:
	list_for_each_entry(work, &works, entry) {
		if (work_queue(work) == wq) {
			run_one(work);
			goto again;
		}
	}
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
	return cancel_delayed_work(dwork);
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
