/* SPDX-License-Identifier: MIT */
/* slab-use-after-free: a session ends, and is freed, and is still the one that was last active. */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

struct session {
	struct list_head node;
	int id;
};

static LIST_HEAD(sessions);
static struct session *last_active;

static noinline void end_session(struct session *session)
{
	list_del(&session->node);
	/* last_active still points here. */
	kfree(session);
}

static int __init uaf_init(void)
{
	for (int id = 1; id <= 3; id++) {
		struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

		if (!session)
			return -ENOMEM;
		session->id = id;
		list_add_tail(&session->node, &sessions);
		last_active = session;
	}
	return 0;
}

static void __exit uaf_exit(void)
{
	struct session *session, *next;

	list_for_each_entry_safe(session, next, &sessions, node)
		end_session(session);
	pr_info("last active: session %d\n", last_active->id);
}

module_init(uaf_init);
module_exit(uaf_exit);
MODULE_LICENSE("GPL");
