/* SPDX-License-Identifier: MIT */
/* Lists that allow deletion during iteration. */
#include <linux/bug.h>
#include <linux/klist.h>
#include <linux/wait.h>
#include "later.h"

#define DELETED 1UL

static struct klist *list_of(const struct klist_node *n)
{
	return (struct klist *)((unsigned long)n->n_klist & ~DELETED);
}

static bool is_deleted(const struct klist_node *n)
{
	return (unsigned long)n->n_klist & DELETED;
}

void klist_init(struct klist *k, void (*get)(struct klist_node *), void (*put)(struct klist_node *))
{
	spin_lock_init(&k->k_lock);
	INIT_LIST_HEAD(&k->k_list);
	k->get = get;
	k->put = put;
}

static void add(struct klist *k, struct klist_node *n, struct list_head *after)
{
	INIT_LIST_HEAD(&n->n_node);
	kref_init(&n->n_ref);
	n->n_klist = k;
	if (k->get)
		k->get(n);
	spin_lock(&k->k_lock);
	list_add(&n->n_node, after);
	spin_unlock(&k->k_lock);
}

void klist_add_head(struct klist_node *n, struct klist *k)
{
	add(k, n, &k->k_list);
}

void klist_add_tail(struct klist_node *n, struct klist *k)
{
	add(k, n, k->k_list.prev);
}

void klist_add_behind(struct klist_node *n, struct klist_node *pos)
{
	add(list_of(pos), n, &pos->n_node);
}

void klist_add_before(struct klist_node *n, struct klist_node *pos)
{
	add(list_of(pos), n, pos->n_node.prev);
}

static void release(struct kref *kref)
{
	struct klist_node *n = container_of(kref, struct klist_node, n_ref);

	WARN_ON(!is_deleted(n));
	list_del(&n->n_node);
	WRITE_ONCE(n->n_klist, NULL);
	kasan_guest_unpark(n);
}

/* Called under the list's lock; returns whether the node left the list. */
static bool drop(struct klist_node *n)
{
	return kref_put(&n->n_ref, release);
}

static void delete(struct klist_node *n)
{
	struct klist *k = list_of(n);
	void (*put)(struct klist_node *) = k->put;
	bool gone;

	spin_lock(&k->k_lock);
	WARN_ON(is_deleted(n));
	n->n_klist = (void *)((unsigned long)n->n_klist | DELETED);
	gone = drop(n);
	spin_unlock(&k->k_lock);
	if (gone && put)
		put(n);
}

void klist_del(struct klist_node *n)
{
	delete(n);
}

void klist_remove(struct klist_node *n)
{
	delete(n);
	wait_until(n, !klist_node_attached(n), "klist_remove");
}

int klist_node_attached(struct klist_node *n)
{
	return READ_ONCE(n->n_klist) != NULL;
}

void klist_iter_init_node(struct klist *k, struct klist_iter *i, struct klist_node *n)
{
	i->i_klist = k;
	i->i_cur = n && kref_get_unless_zero(&n->n_ref) ? n : NULL;
}

void klist_iter_init(struct klist *k, struct klist_iter *i)
{
	klist_iter_init_node(k, i, NULL);
}

/* Moves to the next node not deleted, in either direction, and releases the previous one. */
static struct klist_node *step(struct klist_iter *i, bool forward)
{
	struct klist *k = i->i_klist;
	struct klist_node *last = i->i_cur;
	struct list_head *at = last ? &last->n_node : &k->k_list;
	bool gone = false;

	spin_lock(&k->k_lock);
	i->i_cur = NULL;
	for (at = forward ? at->next : at->prev; at != &k->k_list; at = forward ? at->next : at->prev) {
		struct klist_node *n = list_entry(at, struct klist_node, n_node);

		if (!is_deleted(n)) {
			kref_get(&n->n_ref);
			i->i_cur = n;
			break;
		}
	}
	if (last)
		gone = drop(last);
	spin_unlock(&k->k_lock);
	if (gone && k->put)
		k->put(last);
	return i->i_cur;
}

struct klist_node *klist_next(struct klist_iter *i)
{
	return step(i, true);
}

struct klist_node *klist_prev(struct klist_iter *i)
{
	return step(i, false);
}

void klist_iter_exit(struct klist_iter *i)
{
	struct klist *k = i->i_klist;
	struct klist_node *last = i->i_cur;
	bool gone;

	if (!last)
		return;
	i->i_cur = NULL;
	spin_lock(&k->k_lock);
	gone = drop(last);
	spin_unlock(&k->k_lock);
	if (gone && k->put)
		k->put(last);
}
