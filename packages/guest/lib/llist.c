/* SPDX-License-Identifier: MIT */
/* Lists with lock-free adding and emptying. */
#include <linux/llist.h>

bool llist_add_batch(struct llist_node *first, struct llist_node *last, struct llist_head *head)
{
	struct llist_node *old = READ_ONCE(head->first);

	do {
		last->next = old;
	} while (!try_cmpxchg(&head->first, &old, first));
	return !old;
}

struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	while (first && !try_cmpxchg(&head->first, &first, first->next))
		;
	return first;
}

/* Only if the node is first. */
bool llist_del_first_this(struct llist_head *head, struct llist_node *node)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		if (first != node)
			return false;
	} while (!try_cmpxchg(&head->first, &first, first->next));
	return true;
}

struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL;

	while (head) {
		struct llist_node *next = head->next;

		head->next = reversed;
		reversed = head;
		head = next;
	}
	return reversed;
}
