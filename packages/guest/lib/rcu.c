/* SPDX-License-Identifier: MIT */
/* RCU: on one CPU a grace period is over whenever the running task lets others run. */
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "later.h"

void kasan_guest_defer_free(void);
void kasan_guest_free_deferred(void *object);

/* Callbacks in the order of their coming. Of memory to be freed, func is the offset of its head, as in the kernel. */
static struct rcu_head *rcu_first;
static struct rcu_head **rcu_last = &rcu_first;

static bool is_kvfree_offset(rcu_callback_t func)
{
	return (unsigned long)func < PAGE_SIZE;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	kasan_record_aux_stack_noalloc(head);
	head->func = func;
	head->next = NULL;
	*rcu_last = head;
	rcu_last = &head->next;
}

void kvfree_call_rcu(struct rcu_head *head, void *ptr)
{
	if (head) {
		call_rcu(head, (rcu_callback_t)((unsigned long)head - (unsigned long)ptr));
		return;
	}
	synchronize_rcu();
	kvfree(ptr);
}

static void rcu_core(void *argument)
{
	struct rcu_head *head = argument;

	if (is_kvfree_offset(head->func))
		kvfree((void *)head - (unsigned long)head->func);
	else
		head->func(head);
	/* Not a tail call: this is in the callback's call trace. */
	barrier();
}

bool run_rcu_callback(void)
{
	struct rcu_head *head = rcu_first;

	if (!head)
		return false;
	rcu_first = head->next;
	if (!rcu_first)
		rcu_last = &rcu_first;
	run_softirq(rcu_core, head);
	return true;
}

void rcu_barrier(void)
{
	while (run_rcu_callback())
		;
}

void synchronize_rcu(void)
{
	rcu_barrier();
}


/* An object of a SLAB_TYPESAFE_BY_RCU cache that was freed, and may be used for a grace period. */
struct delayed_free {
	struct rcu_head head;
	void *object;
};

static void slab_free_after_rcu_debug(struct rcu_head *head)
{
	struct delayed_free *delayed = container_of(head, struct delayed_free, head);
	void *object = delayed->object;

	kfree(delayed);
	kasan_guest_free_deferred(object);
}

/* The slab allocator calls this for such an object. */
void kasan_guest_free_after_rcu(void *object)
{
	struct delayed_free *delayed = kmalloc(sizeof(*delayed), GFP_NOWAIT);

	if (!delayed)
		return;
	delayed->object = object;
	call_rcu(&delayed->head, slab_free_after_rcu_debug);
	kasan_guest_defer_free();
}
