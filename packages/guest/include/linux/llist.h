/* SPDX-License-Identifier: MIT */
#ifndef LLIST_H
#define LLIST_H

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/types.h>

/* Singly linked lists; adding and emptying are lock-free. */
struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#define LLIST_HEAD_INIT(name) { NULL }
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)
#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define llist_for_each(pos, node) for ((pos) = (node); pos; (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node) for ((pos) = (node); (pos) && ((n) = (pos)->next, true); (pos) = (n))
#define __llist_entry_safe(ptr, type, member) \
	({ \
		struct llist_node *__lnode = (ptr); \
		__lnode ? llist_entry(__lnode, type, member) : NULL; \
	})
#define llist_for_each_entry(pos, node, member) \
	for ((pos) = __llist_entry_safe(node, typeof(*(pos)), member); pos; \
	     (pos) = __llist_entry_safe((pos)->member.next, typeof(*(pos)), member))
#define llist_for_each_entry_safe(pos, n, node, member) \
	for ((pos) = __llist_entry_safe(node, typeof(*(pos)), member); \
	     (pos) && ((n) = __llist_entry_safe((pos)->member.next, typeof(*(n)), member), true); (pos) = (n))

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return READ_ONCE(head->first) == NULL;
}

static inline struct llist_node *llist_next(struct llist_node *node)
{
	return node->next;
}

/* True if the list was empty. */
bool llist_add_batch(struct llist_node *first, struct llist_node *last, struct llist_head *head);
struct llist_node *llist_del_first(struct llist_head *head);
bool llist_del_first_this(struct llist_head *head, struct llist_node *node);
struct llist_node *llist_reverse_order(struct llist_node *head);

/* A node that is on no list points to itself. */
static inline void init_llist_node(struct llist_node *node)
{
	WRITE_ONCE(node->next, node);
}

static inline bool llist_on_list(const struct llist_node *node)
{
	return READ_ONCE(node->next) != node;
}

static inline struct llist_node *llist_del_first_init(struct llist_head *head)
{
	struct llist_node *n = llist_del_first(head);

	if (n)
		init_llist_node(n);
	return n;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

#endif
