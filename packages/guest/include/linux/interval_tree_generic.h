/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_INTERVAL_TREE_GENERIC_H
#define _LINUX_INTERVAL_TREE_GENERIC_H

#include <linux/rbtree_augmented.h>

/*
 * Functions for trees of intervals embedded in any structure: prefix_insert, _remove, _iter_first
 * and _iter_next. The order is by start; the greatest end in a subtree tells whether to search it.
 */
#define INTERVAL_TREE_DEFINE(ITSTRUCT, ITRB, ITTYPE, ITSUBTREE, ITSTART, ITLAST, ITSTATIC, ITPREFIX) \
	RB_DECLARE_CALLBACKS_MAX(static, ITPREFIX##_augment, ITSTRUCT, ITRB, ITTYPE, ITSUBTREE, ITLAST) \
	\
	static inline bool ITPREFIX##_starts_before(struct rb_node *a, const struct rb_node *b) \
	{ \
		ITSTRUCT *__a = rb_entry(a, ITSTRUCT, ITRB); \
		ITSTRUCT *__b = rb_entry(b, ITSTRUCT, ITRB); \
		return ITSTART(__a) < ITSTART(__b); \
	} \
	\
	ITSTATIC void ITPREFIX##_insert(ITSTRUCT *node, struct rb_root_cached *root) \
	{ \
		node->ITSUBTREE = ITLAST(node); \
		rb_add_augmented_cached(&node->ITRB, root, ITPREFIX##_starts_before, &ITPREFIX##_augment); \
	} \
	\
	ITSTATIC void ITPREFIX##_remove(ITSTRUCT *node, struct rb_root_cached *root) \
	{ \
		rb_erase_augmented_cached(&node->ITRB, root, &ITPREFIX##_augment); \
	} \
	\
	/* The first one at rb and below that ends at start or after it, if that one starts in time. */ \
	static ITSTRUCT *ITPREFIX##_first_below(struct rb_node *rb, ITTYPE start, ITTYPE last) \
	{ \
		ITSTRUCT *node = rb_entry_safe(rb, ITSTRUCT, ITRB); \
		while (node && start <= node->ITSUBTREE) { \
			ITSTRUCT *left = rb_entry_safe(node->ITRB.rb_left, ITSTRUCT, ITRB); \
			if (left && start <= left->ITSUBTREE) { \
				node = left; \
				continue; \
			} \
			if (ITSTART(node) > last) \
				break; \
			if (start <= ITLAST(node)) \
				return node; \
			node = rb_entry_safe(node->ITRB.rb_right, ITSTRUCT, ITRB); \
		} \
		return NULL; \
	} \
	\
	ITSTATIC ITSTRUCT *ITPREFIX##_iter_first(struct rb_root_cached *root, ITTYPE start, ITTYPE last) \
	{ \
		return ITPREFIX##_first_below(root->rb_root.rb_node, start, last); \
	} \
	\
	ITSTATIC ITSTRUCT *ITPREFIX##_iter_next(ITSTRUCT *node, ITTYPE start, ITTYPE last) \
	{ \
		ITSTRUCT *right = rb_entry_safe(node->ITRB.rb_right, ITSTRUCT, ITRB); \
		if (right && start <= right->ITSUBTREE) \
			return ITPREFIX##_first_below(&right->ITRB, start, last); \
		for (;;) { \
			struct rb_node *from = &node->ITRB; \
			node = rb_entry_safe(rb_parent(from), ITSTRUCT, ITRB); \
			if (!node) \
				return NULL; \
			if (from == node->ITRB.rb_right) \
				continue; \
			if (ITSTART(node) > last) \
				return NULL; \
			if (start <= ITLAST(node)) \
				return node; \
			right = rb_entry_safe(node->ITRB.rb_right, ITSTRUCT, ITRB); \
			if (right && start <= right->ITSUBTREE) \
				return ITPREFIX##_first_below(&right->ITRB, start, last); \
		} \
	}

#endif
