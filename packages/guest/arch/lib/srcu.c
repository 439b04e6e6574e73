/* SPDX-License-Identifier: MIT */
/* Sleepable RCU: readers are counted, and a grace period waits for those of the index that it leaves. */
#include <kasan/park.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/wait.h>

/* What the machine needs of an srcu_struct: a counter for each of the two indexes, in the memory of its lock-free counters. */
struct readers {
	struct srcu_struct *ssp;
	atomic_t count[2];
	int index;
	/* Grace periods that are over, and that have begun. */
	atomic_long_t done, begun;
	struct readers *next;
};

static struct readers *all;
static DEFINE_SPINLOCK(all_lock);

static struct readers *readers_of(struct srcu_struct *ssp)
{
	struct readers *one, *fresh = NULL;

again:
	spin_lock(&all_lock);
	for (one = all; one && one->ssp != ssp; one = one->next)
		;
	if (!one && fresh) {
		fresh->next = all;
		all = fresh;
		one = fresh;
		fresh = NULL;
	}
	spin_unlock(&all_lock);
	if (!one) {
		fresh = kzalloc(sizeof(*fresh), GFP_ATOMIC | __GFP_NOFAIL);
		fresh->ssp = ssp;
		goto again;
	}
	kfree(fresh);
	return one;
}

#ifndef CONFIG_DEBUG_LOCK_ALLOC
int init_srcu_struct(struct srcu_struct *ssp)
{
	readers_of(ssp);
	return 0;
}
#endif

void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	struct readers **at, *one = NULL;

	spin_lock(&all_lock);
	for (at = &all; *at && (*at)->ssp != ssp; at = &(*at)->next)
		;
	if (*at) {
		one = *at;
		*at = one->next;
	}
	spin_unlock(&all_lock);
	kfree(one);
}

int __srcu_read_lock(struct srcu_struct *ssp)
{
	struct readers *one = readers_of(ssp);
	int index = READ_ONCE(one->index);

	atomic_inc(&one->count[index]);
	return index;
}

void __srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	struct readers *one = readers_of(ssp);

	if (atomic_dec_and_test(&one->count[idx]))
		kasan_guest_unpark(one);
}

void synchronize_srcu(struct srcu_struct *ssp)
{
	struct readers *one = readers_of(ssp);
	long number = atomic_long_inc_return(&one->begun);
	int index;

	/* Twice: a reader can have read the index and not counted itself yet. */
	for (int turn = 0; turn < 2; turn++) {
		index = xchg(&one->index, !READ_ONCE(one->index));
		(void)kasan_guest_wait_for(one, !atomic_read(&one->count[index]), S64_MAX, 0, "synchronize_srcu");
	}
	/* One that has begun later may have ended before. */
	for (long done = atomic_long_read(&one->done); done < number;)
		if (atomic_long_try_cmpxchg(&one->done, &done, number))
			break;
}

unsigned long srcu_batches_completed(struct srcu_struct *ssp)
{
	return atomic_long_read(&readers_of(ssp)->done);
}

/* A cookie is the number of the first grace period that begins from now on. */
unsigned long get_state_synchronize_srcu(struct srcu_struct *ssp)
{
	smp_mb();
	return atomic_long_read(&readers_of(ssp)->begun) + 1;
}

/* Nothing runs for it: whoever polls ends the grace period, as soon as there is no reader. */
unsigned long start_poll_synchronize_srcu(struct srcu_struct *ssp)
{
	return get_state_synchronize_srcu(ssp);
}

bool poll_state_synchronize_srcu(struct srcu_struct *ssp, unsigned long cookie)
{
	struct readers *one = readers_of(ssp);

	if (atomic_long_read(&one->done) >= (long)cookie)
		return true;
	if (atomic_read(&one->count[0]) || atomic_read(&one->count[1]))
		return false;
	synchronize_srcu(ssp);
	return atomic_long_read(&one->done) >= (long)cookie;
}

void synchronize_srcu_expedited(struct srcu_struct *ssp)
{
	synchronize_srcu(ssp);
}

void call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func)
{
	synchronize_srcu(ssp);
	func(head);
}

void srcu_barrier(struct srcu_struct *ssp)
{
}
