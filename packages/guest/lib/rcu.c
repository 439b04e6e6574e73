/* SPDX-License-Identifier: MIT */
/* RCU: the machine tells when a grace period is over; callbacks wait here for it. */
#include <linux/completion.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include "later.h"

int kasan_guest_rcu_start(void);
int kasan_guest_rcu_done(void);
void kasan_guest_rcu_wanted(int period);
void kasan_guest_free_deferred(void *object);

/* Callbacks in order of arrival. For memory to be freed, func is the offset of its head, as in the kernel. */
struct callbacks {
	struct rcu_head *first;
	struct rcu_head **last;
	int period; /* the grace period that they wait for */
};

static DEFINE_RAW_SPINLOCK(rcu_lock);
/* Callbacks that wait for the next grace period to end, and those that arrived too late for it. */
static struct callbacks waiting = { .last = &waiting.first }, late = { .last = &late.first };
/* Number of running callbacks, also protected by rcu_lock. */
static unsigned int running;

/* Smaller values are offsets in a structure, no functions (include/linux/rcupdate.h, __is_kvfree_rcu_offset). */
#define KVFREE_OFFSETS 4096

static bool is_kvfree_offset(rcu_callback_t func)
{
	return (unsigned long)func < KVFREE_OFFSETS;
}

static void append(struct callbacks *list, struct rcu_head *head)
{
	*list->last = head;
	list->last = &head->next;
}

/* Late callbacks wait for the next period once none waits for an earlier one. */
static void advance(void)
{
	if (waiting.first || !late.first)
		return;
	waiting = late;
	late.first = NULL;
	late.last = &late.first;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct callbacks *list = &waiting;
	unsigned long flags;
	int period;

	kasan_record_aux_stack(head);
	head->func = func;
	head->next = NULL;
	raw_spin_lock_irqsave(&rcu_lock, flags);
	period = kasan_guest_rcu_start();
	if (waiting.first && waiting.period != period)
		list = &late;
	list->period = period;
	append(list, head);
	kasan_guest_rcu_wanted(waiting.period);
	raw_spin_unlock_irqrestore(&rcu_lock, flags);
}

/* Memory without room for its own head. */
struct delayed_kvfree {
	struct rcu_head head;
	void *ptr;
};

static void free_delayed(struct rcu_head *head)
{
	struct delayed_kvfree *delayed = container_of(head, struct delayed_kvfree, head);

	kvfree(delayed->ptr);
	kfree(delayed);
}

/* Since 7.3, what is freed later has a head of its own kind. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
void kvfree_call_rcu(struct kvfree_rcu_head *kvhead, void *ptr)
{
	struct rcu_head *head = (struct rcu_head *)kvhead;
/* Before 6.2, what is freed later is given as the offset of its head in it; what has none as it is. */
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
void kvfree_call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	void *ptr = head ? (void *)head - (unsigned long)func : (void *)func;
#else
void kvfree_call_rcu(struct rcu_head *head, void *ptr)
{
#endif
	struct delayed_kvfree *delayed;

	if (head) {
		call_rcu(head, (rcu_callback_t)((unsigned long)head - (unsigned long)ptr));
		return;
	}
	delayed = kmalloc(sizeof(*delayed), GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	if (delayed) {
		delayed->ptr = ptr;
		call_rcu(&delayed->head, free_delayed);
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
	/* Prevents a tail call: this function must be in the callback's call trace. */
	barrier();
}

/* Takes a callback whose grace period is over. */
static struct rcu_head *take_ready(void)
{
	struct rcu_head *head = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&rcu_lock, flags);
	if (waiting.first && kasan_guest_rcu_done() - waiting.period >= 0) {
		head = waiting.first;
		waiting.first = head->next;
		if (!waiting.first)
			waiting.last = &waiting.first;
		running++;
	}
	advance();
	kasan_guest_rcu_wanted(waiting.first ? waiting.period : 0);
	raw_spin_unlock_irqrestore(&rcu_lock, flags);
	return head;
}

void run_rcu_callbacks(void)
{
	struct rcu_head *head;
	unsigned long flags;

	while ((head = take_ready())) {
		run_softirq(rcu_core, head);
		raw_spin_lock_irqsave(&rcu_lock, flags);
		running--;
		raw_spin_unlock_irqrestore(&rcu_lock, flags);
	}
}

struct rcu_synchronize {
	struct rcu_head head;
	struct completion completion;
};

static void wakeme_after_rcu(struct rcu_head *head)
{
	complete(&container_of(head, struct rcu_synchronize, head)->completion);
}

/* Lets other tasks run until a grace period has passed. */
void synchronize_rcu(void)
{
	struct rcu_synchronize waiter;

	init_completion(&waiter.completion);
	call_rcu(&waiter.head, wakeme_after_rcu);
	wait_for_completion(&waiter.completion);
}

/* Callbacks move between these lists concurrently: without the lock one could be missed. */
static bool has_callbacks(void)
{
	unsigned long flags;
	bool any;

	raw_spin_lock_irqsave(&rcu_lock, flags);
	any = waiting.first || late.first || running;
	raw_spin_unlock_irqrestore(&rcu_lock, flags);
	return any;
}

void rcu_barrier(void)
{
	while (has_callbacks())
		synchronize_rcu();
}

#if (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
/* Not instrumented: a head in memory that is freed too early is for the callback to find. */
static __attribute__((no_sanitize("kernel-address", "kernel-hwaddress"))) bool any_kvfree(struct rcu_head *head)
{
	for (; head; head = head->next) {
		if (is_kvfree_offset(head->func) || head->func == free_delayed)
			return true;
	}
	return false;
}

static bool has_kvfree(void)
{
	unsigned long flags;
	bool any;

	raw_spin_lock_irqsave(&rcu_lock, flags);
	any = running || any_kvfree(waiting.first) || any_kvfree(late.first);
	raw_spin_unlock_irqrestore(&rcu_lock, flags);
	return any;
}

/* Waits for what kfree_rcu() frees, not for other callbacks. The slab allocator calls it before a cache goes. */
void kvfree_rcu_barrier(void)
{
	while (has_kvfree())
		synchronize_rcu();
}
#endif

/* A freed object of a SLAB_TYPESAFE_BY_RCU cache, which may be used for a grace period. */
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

/* Called by the slab allocator for such an object. Returns false if there is no memory. */
bool kasan_guest_free_after_rcu(void *object)
{
	struct delayed_free *delayed = kmalloc(sizeof(*delayed), GFP_NOWAIT);

	if (!delayed)
		return false;
	delayed->object = object;
	call_rcu(&delayed->head, slab_free_after_rcu_debug);
	return true;
}
