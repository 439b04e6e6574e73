/* SPDX-License-Identifier: MIT */
/* Sorts lists by merging runs of 1, 2, 4, ... entries. */
#include <linux/list.h>
#include <linux/list_sort.h>

/* Splits off up to count entries from *rest as a list that ends in NULL. */
static struct list_head *take(struct list_head **rest, size_t count)
{
	struct list_head *first = *rest, *last = first;

	if (!first)
		return NULL;
	while (--count && last->next)
		last = last->next;
	*rest = last->next;
	last->next = NULL;
	return first;
}

/* Merges two sorted lists at *end; returns their new end. */
static struct list_head **merge(void *priv, list_cmp_func_t cmp, struct list_head **end, struct list_head *a,
				struct list_head *b)
{
	while (a && b) {
		struct list_head **from = cmp(priv, a, b) <= 0 ? &a : &b;

		*end = *from;
		end = &(*end)->next;
		*from = (*from)->next;
	}
	*end = a ?: b;
	while (*end)
		end = &(*end)->next;
	return end;
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	struct list_head *first = head->next, *prev = head;
	size_t runs;

	if (list_empty(head))
		return;
	head->prev->next = NULL;
	for (size_t length = 1;; length *= 2) {
		struct list_head *rest = first;
		struct list_head **end = &first;

		for (runs = 0; rest; runs++) {
			struct list_head *a = take(&rest, length);
			struct list_head *b = take(&rest, length);

			end = merge(priv, cmp, end, a, b);
		}
		if (runs <= 1)
			break;
	}
	head->next = first;
	for (struct list_head *pos = first; pos; pos = pos->next) {
		pos->prev = prev;
		prev = pos;
	}
	prev->next = head;
	head->prev = prev;
}
