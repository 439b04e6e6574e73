// SPDX-License-Identifier: MIT
/*
 * A link that comes up in steps: a state machine whose steps are works, with a timer for answers that do not come.
 *
 * Bug: closing a session stops its work, but not the timer, which still has the session's address.
 */
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

enum link_state { LINK_DOWN, LINK_HELLO, LINK_AUTH, LINK_UP, LINK_FAILED };

static const char *const link_names[] = {
	[LINK_DOWN] = "down", [LINK_HELLO] = "hello", [LINK_AUTH] = "auth", [LINK_UP] = "up", [LINK_FAILED] = "failed",
};

struct link_session {
	struct delayed_work step;
	struct completion settled;
	enum link_state state;
	unsigned int answers;
	unsigned int timeouts;
};

/* The one port has one timer, whoever uses it. */
static struct link_port {
	struct mutex lock;
	struct timer_list timer;
	struct link_session *session;
} port;

static struct workqueue_struct *link_queue;

#define LINK_STEP	msecs_to_jiffies(8)
#define LINK_TIMEOUT	msecs_to_jiffies(40)

static void link_timeout(struct timer_list *timer)
{
	struct link_session *session = from_timer(&port, timer, timer)->session;

	/* The answer came just before. */
	if (session->state == LINK_UP)
		return;
	session->timeouts++;
	queue_delayed_work(link_queue, &session->step, 0);
}

static void link_step(struct work_struct *work)
{
	struct link_session *session = container_of(to_delayed_work(work), struct link_session, step);
	enum link_state before = session->state;

	mutex_lock(&port.lock);
	if (session->timeouts) {
		session->state = LINK_FAILED;
	} else if (session->answers) {
		session->answers--;
		session->state++;
	}
	pr_info("link: %s -> %s\n", link_names[before], link_names[session->state]);
	if (session->state == LINK_UP || session->state == LINK_FAILED) {
		if (session->state == LINK_FAILED)
			timer_delete(&port.timer);
		complete(&session->settled);
	} else {
		mod_timer(&port.timer, jiffies + LINK_TIMEOUT);
		if (session->answers)
			queue_delayed_work(link_queue, &session->step, LINK_STEP);
	}
	mutex_unlock(&port.lock);
}

static struct link_session *link_open(unsigned int answers)
{
	struct link_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	INIT_DELAYED_WORK(&session->step, link_step);
	init_completion(&session->settled);
	session->answers = answers;
	port.session = session;
	queue_delayed_work(link_queue, &session->step, 0);
	return session;
}

static noinline void link_close(struct link_session *session)
{
#ifndef SEEDED_BUG
	timer_delete_sync(&port.timer);
#endif
	cancel_delayed_work_sync(&session->step);
	kfree(session);
}

static int __init run_session(unsigned int answers, enum link_state expected)
{
	struct link_session *session = link_open(answers);
	enum link_state state;

	if (!session)
		return -ENOMEM;
	wait_for_completion(&session->settled);
	state = session->state;
	link_close(session);
	return state == expected ? 0 : -EPROTO;
}

static int __init link_init(void)
{
	int error;

	link_queue = alloc_ordered_workqueue("link", 0);
	if (!link_queue)
		return -ENOMEM;
	mutex_init(&port.lock);
	timer_setup(&port.timer, link_timeout, 0);
	/* Nobody answers the second time: the timer ends this session. */
	error = run_session(1, LINK_FAILED) ?: run_session(3, LINK_UP);
	if (error) {
		timer_delete_sync(&port.timer);
		destroy_workqueue(link_queue);
	}
	return error;
}

static void __exit link_exit(void)
{
	/* The other side may still send; nobody listens. */
	schedule_timeout_uninterruptible(2 * LINK_TIMEOUT);
	timer_delete_sync(&port.timer);
	destroy_workqueue(link_queue);
}

module_init(link_init);
module_exit(link_exit);
MODULE_DESCRIPTION("State machine with works and a timer");
MODULE_LICENSE("GPL");
