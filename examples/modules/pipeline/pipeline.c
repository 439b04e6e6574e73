// SPDX-License-Identifier: MIT
/*
 * Two threads, one for each CPU: one makes jobs and hands them over in a kfifo, the other does and frees them.
 *
 * Bug: the first thread reads its last job when all are done, and so freed.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kfifo.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#define JOBS	40

struct job {
	unsigned int number;
	u64 input;
};

struct pipeline {
	DECLARE_KFIFO(jobs, struct job *, 8);
	spinlock_t lock;
	wait_queue_head_t wait;
	struct completion drained;
	struct completion reported;
	unsigned int done;
	int cpus[2];
	u64 sum;
	int error;
};

static struct pipeline *pipe;
static struct task_struct *maker, *worker;

static bool pipe_put(struct job *job)
{
	return kfifo_in_spinlocked(&pipe->jobs, &job, 1, &pipe->lock) == 1;
}

static struct job *pipe_get(void)
{
	struct job *job;

	return kfifo_out_spinlocked(&pipe->jobs, &job, 1, &pipe->lock) == 1 ? job : NULL;
}

static int maker_thread(void *unused)
{
	unsigned int last = 0;
	struct job *job = NULL;

	pipe->cpus[0] = raw_smp_processor_id();
	for (unsigned int i = 0; i < JOBS; i++) {
		job = kmalloc(sizeof(*job), GFP_KERNEL);
		if (!job) {
			pipe->error = -ENOMEM;
			complete(&pipe->drained);
			break;
		}
		job->number = i + 1;
		job->input = 3 * i;
		last = job->number;
		wait_event(pipe->wait, pipe_put(job) || kthread_should_stop());
		wake_up(&pipe->wait);
	}
	wait_for_completion(&pipe->drained);
#ifdef SEEDED_BUG
	last = job->number;
#endif
	pr_info("pipeline: the last job was %u\n", last);
	complete(&pipe->reported);
	wait_event(pipe->wait, kthread_should_stop());
	return 0;
}

static int worker_thread(void *unused)
{
	pipe->cpus[1] = raw_smp_processor_id();
	while (!kthread_should_stop()) {
		struct job *job = NULL;

		wait_event(pipe->wait, (job = pipe_get()) || kthread_should_stop());
		if (!job)
			break;
		wake_up(&pipe->wait);
		pipe->sum += job->input;
		kfree(job);
		if (++pipe->done == JOBS)
			complete(&pipe->drained);
	}
	return 0;
}

static struct task_struct *__init start(int (*function)(void *), unsigned int cpu, const char *name)
{
	struct task_struct *task = kthread_create(function, NULL, "%s", name);

	if (IS_ERR(task))
		return task;
	kthread_bind(task, cpu);
	wake_up_process(task);
	return task;
}

static void pipe_stop(void)
{
	struct job *job;

	kthread_stop(maker);
	kthread_stop(worker);
	while ((job = pipe_get()))
		kfree(job);
	kfree(pipe);
}

static int __init pipeline_init(void)
{
	int error;

	pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	if (!pipe)
		return -ENOMEM;
	INIT_KFIFO(pipe->jobs);
	spin_lock_init(&pipe->lock);
	init_waitqueue_head(&pipe->wait);
	init_completion(&pipe->drained);
	init_completion(&pipe->reported);
	worker = start(worker_thread, num_online_cpus() - 1, "pipe_worker");
	if (IS_ERR(worker)) {
		kfree(pipe);
		return PTR_ERR(worker);
	}
	maker = start(maker_thread, 0, "pipe_maker");
	if (IS_ERR(maker)) {
		kthread_stop(worker);
		kfree(pipe);
		return PTR_ERR(maker);
	}
	wait_for_completion(&pipe->reported);
	pr_info("pipeline: %u jobs from CPU %d to CPU %d, sum %llu\n", pipe->done, pipe->cpus[0], pipe->cpus[1],
		pipe->sum);
	error = pipe->error;
	if (error)
		pipe_stop();
	return error;
}

static void __exit pipeline_exit(void)
{
	pipe_stop();
}

module_init(pipeline_init);
module_exit(pipeline_exit);
MODULE_DESCRIPTION("Two threads and a kfifo");
MODULE_LICENSE("GPL");
