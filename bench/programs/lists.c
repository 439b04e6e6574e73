/* SPDX-License-Identifier: MIT */
/* Doubly linked lists in objects: added, moved, spliced and walked, with the same objects in a hash of lists. */
#include "bench.h"

#define OBJECTS 3000
#define QUEUES 8
#define BUCKETS 1024
#define ROUNDS 6000

/* In a ring with the list's head. */
struct link {
	struct link *next, *prev;
};

/* In a list that ends with NULL; `at` points to what points here. */
struct chain {
	struct chain *next, **at;
};

struct job {
	struct link link;
	struct chain chain;
	u32 id, priority, ticks, state;
	u64 deadline;
};

static struct link queues[QUEUES], done;
static struct chain *buckets[BUCKETS];

static void link_init(struct link *head)
{
	head->next = head->prev = head;
}

static int link_is_empty(const struct link *head)
{
	return head->next == head;
}

static void link_add_between(struct link *link, struct link *prev, struct link *next)
{
	next->prev = link;
	link->next = next;
	link->prev = prev;
	prev->next = link;
}

static void link_add_first(struct link *link, struct link *head)
{
	link_add_between(link, head, head->next);
}

static void link_add_last(struct link *link, struct link *head)
{
	link_add_between(link, head->prev, head);
}

static void link_remove(struct link *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
}

/* All of one list come after the last of another. */
static void link_splice_last(struct link *from, struct link *head)
{
	if (link_is_empty(from))
		return;
	from->next->prev = head->prev;
	head->prev->next = from->next;
	from->prev->next = head;
	head->prev = from->prev;
	link_init(from);
}

static struct chain **bucket_of(u32 id)
{
	return &buckets[(id * 2654435761u) >> 22];
}

static void chain_add(struct chain *chain, struct chain **head)
{
	chain->next = *head;
	if (chain->next)
		chain->next->at = &chain->next;
	*head = chain;
	chain->at = head;
}

static void chain_remove(struct chain *chain)
{
	*chain->at = chain->next;
	if (chain->next)
		chain->next->at = chain->at;
}

static noinline struct job *find(u32 id)
{
	struct chain *chain;

	for (chain = *bucket_of(id); chain; chain = chain->next) {
		struct job *job = holder(chain, struct job, chain);

		if (job->id == id)
			return job;
	}
	return NULL;
}

static void start(u32 id)
{
	struct job *job = kmalloc(sizeof(*job), GFP_KERNEL);

	job->id = id;
	job->priority = next() % QUEUES;
	job->ticks = next() % 30 + 1;
	job->state = 0;
	job->deadline = next();
	chain_add(&job->chain, bucket_of(id));
	link_add_last(&job->link, &queues[job->priority]);
}

static noinline u64 run_queue(struct link *queue, u64 now)
{
	struct link *link, *after;
	u64 sum = 0;

	for (link = queue->next; link != queue; link = after) {
		struct job *job = holder(link, struct job, link);

		after = link->next;
		job->ticks--;
		job->state = job->state * 5 + job->priority;
		if (job->ticks == 0) {
			link_remove(link);
			link_add_last(link, &done);
		} else if ((job->deadline += now) % 16 == 0) {
			job->priority = (job->priority + 1) % QUEUES;
			link_remove(link);
			link_add_first(link, &queues[job->priority]);
		}
		sum += job->state ^ job->deadline;
	}
	return sum;
}

static unsigned long work(void)
{
	unsigned long sum = 0;
	u32 id = 0, i, k;

	link_init(&done);
	for (i = 0; i < QUEUES; i++)
		link_init(&queues[i]);
	while (id < OBJECTS)
		start(id++);
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < QUEUES; k++)
			sum = sum * 31 + run_queue(&queues[k], i);
		k = next() % QUEUES;
		link_splice_last(&queues[k], &queues[(k + 1 + next() % (QUEUES - 1)) % QUEUES]);
		for (k = 0; k < 2000; k++) {
			struct job *job = find(id - OBJECTS + next() % OBJECTS);

			sum += job ? job->state : 1;
		}
		while (!link_is_empty(&done)) {
			struct job *job = holder(done.next, struct job, link);

			sum = sum * 31 + job->id;
			link_remove(&job->link);
			chain_remove(&job->chain);
			kfree(job);
			start(id++);
		}
	}
	for (k = 0; k < QUEUES; k++) {
		while (!link_is_empty(&queues[k])) {
			struct job *job = holder(queues[k].next, struct job, link);

			sum += job->ticks;
			link_remove(&job->link);
			kfree(job);
		}
	}
	return sum;
}
