/* SPDX-License-Identifier: MIT */
/* Tasks and threads. */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "later.h"

int kasan_guest_pid(void);
void kasan_guest_comm(char *name);
struct task_struct *kasan_guest_current(void);
void kasan_guest_set_task(int pid, struct task_struct *tsk);
int kasan_guest_task_create(const char *name);
int kasan_guest_task_run(int pid, void (*fn)(void *argument), void *argument);
void kasan_guest_task_exit(void) __noreturn;
void kasan_guest_task_free(int pid);

/* The task that loads modules: the only one that was not made here. */
static struct task_struct first_task = { .usage = REFCOUNT_INIT(1) };

struct task_struct *get_current(void)
{
	struct task_struct *tsk = kasan_guest_current();

	if (tsk)
		return tsk;
	first_task.pid = kasan_guest_pid();
	first_task.tgid = first_task.pid;
	kasan_guest_comm(first_task.comm);
	kasan_guest_set_task(first_task.pid, &first_task);
	return &first_task;
}

struct task_struct *create_task(const char *name)
{
	struct task_struct *tsk = kzalloc(sizeof(*tsk), GFP_KERNEL);

	if (!tsk)
		return NULL;
	strscpy(tsk->comm, name);
	tsk->pid = kasan_guest_task_create(tsk->comm);
	if (tsk->pid < 0) {
		kfree(tsk);
		return NULL;
	}
	tsk->tgid = tsk->pid;
	tsk->flags = PF_KTHREAD;
	refcount_set(&tsk->usage, 1);
	kasan_guest_set_task(tsk->pid, tsk);
	return tsk;
}

void put_task_struct(struct task_struct *tsk)
{
	if (refcount_dec_and_test(&tsk->usage))
		kfree(tsk);
}

void run_as(struct task_struct *tsk, void (*fn)(void *argument), void *argument)
{
	kasan_guest_task_run(tsk->pid, fn, argument);
}

void run_softirq(void (*fn)(void *argument), void *argument)
{
	static struct task_struct *ksoftirqd;
	static bool busy;

	if (!ksoftirqd)
		ksoftirqd = create_task("ksoftirqd/0");
	if (!ksoftirqd || busy) {
		fn(argument);
		return;
	}
	busy = true;
	run_as(ksoftirqd, fn, argument);
	busy = false;
}

static LIST_HEAD(runnable);

struct task_struct *kthread_create_on_node(int (*threadfn)(void *data), void *data, int node, const char namefmt[], ...)
{
	char name[TASK_COMM_LEN];
	struct task_struct *tsk;
	va_list args;

	va_start(args, namefmt);
	vsnprintf(name, sizeof(name), namefmt, args);
	va_end(args);
	tsk = create_task(name);
	if (!tsk)
		return ERR_PTR(-ENOMEM);
	tsk->kthread.threadfn = threadfn;
	tsk->kthread.data = data;
	init_completion(&tsk->kthread.exited);
	INIT_LIST_HEAD(&tsk->kthread.runnable);
	tsk->vfork_done = &tsk->kthread.exited;
	return tsk;
}

int wake_up_process(struct task_struct *tsk)
{
	if (!tsk->kthread.threadfn || tsk->kthread.started)
		return 0;
	tsk->kthread.started = true;
	list_add_tail(&tsk->kthread.runnable, &runnable);
	return 1;
}

static void kthread(void *argument)
{
	struct task_struct *tsk = argument;

	/* What stays if the thread dies of an oops. */
	tsk->exit_code = SIGSEGV;
	tsk->exit_code = tsk->kthread.should_stop ? -EINTR : tsk->kthread.threadfn(tsk->kthread.data);
}

bool run_thread(void)
{
	struct task_struct *tsk = list_first_entry_or_null(&runnable, struct task_struct, kthread.runnable);

	if (!tsk)
		return false;
	list_del_init(&tsk->kthread.runnable);
	kasan_guest_task_run(tsk->pid, kthread, tsk);
	kasan_guest_task_free(tsk->pid);
	tsk->vfork_done = NULL;
	complete_all(&tsk->kthread.exited);
	put_task_struct(tsk);
	return true;
}

void do_exit(long code)
{
	current->flags |= PF_EXITING;
	current->exit_code = code;
	kasan_guest_task_exit();
}

void kthread_exit(long result)
{
	do_exit(result);
}

void kthread_complete_and_exit(struct completion *comp, long code)
{
	if (comp)
		complete(comp);
	kthread_exit(code);
}

bool kthread_should_stop(void)
{
	return READ_ONCE(current->kthread.should_stop);
}

void *kthread_data(struct task_struct *k)
{
	return k->kthread.data;
}

int kthread_stop(struct task_struct *k)
{
	int code;

	get_task_struct(k);
	k->kthread.should_stop = true;
	wake_up_process(k);
	wait_for_completion(&k->kthread.exited);
	code = k->exit_code;
	put_task_struct(k);
	return code;
}

int kthread_stop_put(struct task_struct *k)
{
	int code = kthread_stop(k);

	put_task_struct(k);
	return code;
}
