/* SPDX-License-Identifier: MIT */
/* Runs part of a test in its own thread, which may end early. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/version.h>

/* Time limit of a case in seconds, on the machine's clock. */
#define TIMEOUT 300

void kunit_try_catch_throw(struct kunit_try_catch *try_catch)
{
	try_catch->try_result = -EFAULT;
	kthread_exit(0);
}

void __kunit_abort(struct kunit *test)
{
	kunit_try_catch_throw(&test->try_catch);
}

static int kunit_generic_run_threadfn_adapter(void *data)
{
	struct kunit_try_catch *try_catch = data;

	/* The result if the thread does not return. */
	try_catch->try_result = -EINTR;
	try_catch->try(try_catch->context);
	if (try_catch->try_result == -EINTR)
		try_catch->try_result = 0;
	return 0;
}

static void say_why(struct kunit *test, int result)
{
	if (result == -ETIMEDOUT)
		kunit_err(test, "try timed out\n");
	else if (result != -EINTR)
		kunit_err(test, "Unknown error: %d\n", result);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	else if (test->last_seen.file)
		kunit_err(test, "try faulted: last line seen %s:%d\n", test->last_seen.file, test->last_seen.line);
#endif
	else
		kunit_err(test, "try faulted\n");
}

void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context)
{
	struct completion *ended;
	struct task_struct *task;

	try_catch->context = context;
	try_catch->try_result = 0;
	task = kthread_create(kunit_generic_run_threadfn_adapter, try_catch, "kunit_try_catch_thread");
	if (IS_ERR(task)) {
		try_catch->try_result = PTR_ERR(task);
		try_catch->catch(context);
		return;
	}
	get_task_struct(task);
	ended = task->vfork_done;
	wake_up_process(task);
	if (!wait_for_completion_timeout(ended, TIMEOUT * HZ))
		try_catch->try_result = -ETIMEDOUT;
	put_task_struct(task);
	if (!try_catch->try_result)
		return;
	/* The test ended itself and has reported why. */
	if (try_catch->try_result == -EFAULT)
		try_catch->try_result = 0;
	else
		say_why(try_catch->test, try_catch->try_result);
	try_catch->catch(context);
}
