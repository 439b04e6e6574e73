/* SPDX-License-Identifier: MIT */
/* Tasks and threads. */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "later.h"
#ifdef TASK_REPORT
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mqueue.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#endif

int kasan_guest_pid(void);
void kasan_guest_comm(char *name);
struct task_struct *kasan_guest_current(void);
void kasan_guest_set_task(int pid, struct task_struct *tsk);
int kasan_guest_task_create(const char *name, int cpu);
void kasan_guest_task_bind(int pid, int cpu);
void kasan_guest_task_start(int pid, void (*fn)(void *argument), void *argument);
int kasan_guest_task_run(int pid, void (*fn)(void *argument), void *argument);
void kasan_guest_task_exit(void) __noreturn;
void kasan_guest_task_free(int pid);

/* A kernel thread: the function that it runs, and who waits for its end. */
struct kthread {
	int (*threadfn)(void *data);
	void *data;
	struct completion exited;
	bool should_stop;
	bool started;
};

static struct kthread *to_kthread(struct task_struct *tsk)
{
	return tsk->worker_private;
}

/* The task that loads modules, which boots the kernel, and the CPUs' idle tasks: the only ones not created here. */
#ifdef TASK_REPORT
#define first_task init_task
static struct signal_struct init_signals = {
	.nr_threads = 1,
	.thread_head = LIST_HEAD_INIT(init_task.thread_node),
	.shared_pending.list = LIST_HEAD_INIT(init_signals.shared_pending.list),
	.rlim = INIT_RLIMITS,
};
struct task_struct init_task = {
	.usage = REFCOUNT_INIT(1),
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.signal = &init_signals,
	.thread_node = LIST_HEAD_INIT(init_signals.thread_head),
};
#else
static struct task_struct first_task = { .usage = REFCOUNT_INIT(1) };
#endif
static struct task_struct idle_tasks[NR_CPUS];

struct task_struct *get_current(void)
{
	struct task_struct *tsk = kasan_guest_current();
	int pid;

	if (tsk)
		return tsk;
	pid = kasan_guest_pid();
	tsk = pid ? &first_task : &idle_tasks[smp_processor_id()];
	tsk->pid = pid;
	tsk->tgid = pid;
	kasan_guest_comm(tsk->comm);
	kasan_guest_set_task(pid, tsk);
	return tsk;
}

/*
 * In a kernel's own headers, a task has credentials, namespaces, a root, limits and a struct pid: at first those of its parent. No
 * signal is sent.
 */
static void inherit(struct task_struct *tsk)
{
#ifdef TASK_REPORT
	tsk->real_cred = get_cred(current->real_cred);
	tsk->cred = get_cred(current->cred);
	tsk->nsproxy = current->nsproxy;
	tsk->fs = current->fs;
	tsk->signal = current->signal;
	tsk->thread_pid = current->thread_pid;
#endif
}

/* Programs with structures of identifiers give each task one (arch/lib/pid.c). */
__attribute__((weak)) void kasan_guest_attach_pid(struct task_struct *tsk)
{
}

__attribute__((weak)) void kasan_guest_detach_pid(struct task_struct *tsk)
{
}

/* cpu: where it will run; -1: each CPU in turn. */
static struct task_struct *create_task(const char *name, int cpu)
{
	struct task_struct *tsk = kzalloc(sizeof(*tsk), GFP_KERNEL);

	if (!tsk)
		return NULL;
	strscpy(tsk->comm, name, sizeof(tsk->comm));
	tsk->pid = kasan_guest_task_create(tsk->comm, cpu);
	if (tsk->pid < 0) {
		kfree(tsk);
		return NULL;
	}
	tsk->tgid = tsk->pid;
	tsk->flags = PF_KTHREAD;
	inherit(tsk);
	kasan_guest_attach_pid(tsk);
	refcount_set(&tsk->usage, 1);
	kasan_guest_set_task(tsk->pid, tsk);
	return tsk;
}

void __put_task_struct(struct task_struct *tsk)
{
	kfree(tsk->worker_private);
	kfree(tsk);
}

/* Softirqs run as this task, on top of another, until they finish. */
void run_softirq(void (*fn)(void *argument), void *argument)
{
	static struct softirq_task {
		struct task_struct *task;
		bool busy;
	} ksoftirqd[NR_CPUS];
	struct softirq_task *own = &ksoftirqd[smp_processor_id()];
	char name[TASK_COMM_LEN];

	if (!own->task) {
		snprintf(name, sizeof(name), "ksoftirqd/%d", smp_processor_id());
		own->task = create_task(name, smp_processor_id());
	}
	if (!own->task || own->busy) {
		fn(argument);
		return;
	}
	own->busy = true;
	kasan_guest_task_run(own->task->pid, fn, argument);
	own->busy = false;
}

static __printf(4, 0) struct task_struct *create_kthread(int (*threadfn)(void *data), void *data, int cpu,
							 const char *namefmt, va_list args)
{
	struct kthread *kthread = kzalloc(sizeof(*kthread), GFP_KERNEL);
	char name[TASK_COMM_LEN];
	struct task_struct *tsk;

	if (!kthread)
		return ERR_PTR(-ENOMEM);
	vsnprintf(name, sizeof(name), namefmt, args);
	tsk = create_task(name, cpu);
	if (!tsk) {
		kfree(kthread);
		return ERR_PTR(-ENOMEM);
	}
	kthread->threadfn = threadfn;
	kthread->data = data;
	init_completion(&kthread->exited);
	tsk->worker_private = kthread;
	tsk->vfork_done = &kthread->exited;
	return tsk;
}

struct task_struct *kthread_create_on_node(int (*threadfn)(void *data), void *data, int node, const char namefmt[], ...)
{
	struct task_struct *tsk;
	va_list args;

	va_start(args, namefmt);
	tsk = create_kthread(threadfn, data, -1, namefmt, args);
	va_end(args);
	return tsk;
}

struct task_struct *kasan_guest_kthread_create_on_cpu(int (*threadfn)(void *data), void *data, int cpu,
						      const char namefmt[], ...)
{
	struct task_struct *tsk;
	va_list args;

	va_start(args, namefmt);
	tsk = create_kthread(threadfn, data, cpu, namefmt, args);
	va_end(args);
	return tsk;
}

void kthread_bind(struct task_struct *k, unsigned int cpu)
{
	kasan_guest_task_bind(k->pid, cpu);
}

static void kthread(void *argument)
{
	struct task_struct *tsk = argument;
	struct kthread *self = to_kthread(tsk);

	/* The exit code if the thread dies of an oops. */
	tsk->exit_code = SIGSEGV;
	tsk->exit_code = self->should_stop ? -EINTR : self->threadfn(self->data);
}

int wake_up_process(struct task_struct *tsk)
{
	struct kthread *thread = to_kthread(tsk);

	if (thread && !__atomic_exchange_n(&thread->started, true, __ATOMIC_ACQ_REL)) {
		kasan_guest_task_start(tsk->pid, kthread, tsk);
		return 1;
	}
	if (__atomic_exchange_n(&tsk->__state, TASK_RUNNING, __ATOMIC_ACQ_REL) == TASK_RUNNING)
		return 0;
	kasan_guest_unpark(tsk);
	return 1;
}

/* Called by the machine, as the task, when its function has ended in any way. */
void kasan_guest_task_ended(struct task_struct *tsk)
{
	tsk->vfork_done = NULL;
	kasan_guest_detach_pid(tsk);
	complete_all(&to_kthread(tsk)->exited);
	put_task_struct(tsk);
}

void do_exit(long code)
{
	current->flags |= PF_EXITING;
	current->exit_code = code;
	kasan_guest_task_exit();
}

void (kthread_exit)(long result)
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
	return to_kthread(current) && READ_ONCE(to_kthread(current)->should_stop);
}

void *kthread_data(struct task_struct *k)
{
	return to_kthread(k)->data;
}

int kthread_stop(struct task_struct *k)
{
	int code;

	get_task_struct(k);
	WRITE_ONCE(to_kthread(k)->should_stop, true);
	wake_up_process(k);
	wait_for_completion(&to_kthread(k)->exited);
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
