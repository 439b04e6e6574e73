/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_RBTREE_AUGMENTED_H
#define _LINUX_RBTREE_AUGMENTED_H

#include <linux/compiler.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>

/*
 * Trees whose nodes store data about their subtree, such as a maximum. propagate updates it from a node up to
 * stop; copy copies it from one node to another; rotate is called when a node moved below the one given second.
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *by);
	void (*rotate)(struct rb_node *old, struct rb_node *by);
};

void __rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			   void (*augment_rotate)(struct rb_node *old, struct rb_node *by));
/* Removing parent's child left its paths one black node short. */
void __rb_erase_color(struct rb_node *parent, struct rb_root *root,
		      void (*augment_rotate)(struct rb_node *old, struct rb_node *by));

#define RB_RED 0
#define RB_BLACK 1

#define __rb_parent(pc) ((struct rb_node *)((pc) & ~3UL))
#define __rb_color(pc) ((pc) & 1)
#define __rb_is_black(pc) __rb_color(pc)
#define __rb_is_red(pc) (!__rb_color(pc))
#define rb_color(rb) __rb_color((rb)->__rb_parent_color)
#define rb_is_red(rb) __rb_is_red((rb)->__rb_parent_color)
#define rb_is_black(rb) __rb_is_black((rb)->__rb_parent_color)

static inline void rb_set_parent(struct rb_node *rb, struct rb_node *p)
{
	rb->__rb_parent_color = rb_color(rb) + (unsigned long)p;
}

static inline void rb_set_parent_color(struct rb_node *rb, struct rb_node *p, int color)
{
	rb->__rb_parent_color = (unsigned long)p + color;
}

/* Replaces parent's, or the root's, pointer to old. */
static inline void __rb_change_child(struct rb_node *old, struct rb_node *by, struct rb_node *parent,
				     struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, by);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, by);
	else
		WRITE_ONCE(parent->rb_right, by);
}

static inline void __rb_change_child_rcu(struct rb_node *old, struct rb_node *by, struct rb_node *parent,
					 struct rb_root *root)
{
	if (!parent)
		rcu_assign_pointer(root->rb_node, by);
	else if (parent->rb_left == old)
		rcu_assign_pointer(parent->rb_left, by);
	else
		rcu_assign_pointer(parent->rb_right, by);
}

/* Removes node. Returns the node below which the colours must be fixed; NULL if they are right. */
static __always_inline struct rb_node *__rb_erase_augmented(struct rb_node *node, struct rb_root *root,
							    const struct rb_augment_callbacks *augment)
{
	struct rb_node *child, *below, *changed;
	bool was_black;

	if (node->rb_left && node->rb_right) {
		/* The next node, which has no left child, takes its place and colour. */
		struct rb_node *next = node->rb_right;

		while (next->rb_left)
			next = next->rb_left;
		child = next->rb_right;
		was_black = rb_is_black(next);
		if (next == node->rb_right) {
			below = next;
			augment->copy(node, next);
		} else {
			below = rb_parent(next);
			WRITE_ONCE(below->rb_left, child);
			WRITE_ONCE(next->rb_right, node->rb_right);
			rb_set_parent(next->rb_right, next);
			augment->copy(node, next);
			augment->propagate(below, next);
		}
		WRITE_ONCE(next->rb_left, node->rb_left);
		rb_set_parent(next->rb_left, next);
		__rb_change_child(node, next, rb_parent(node), root);
		next->__rb_parent_color = node->__rb_parent_color;
		changed = next;
	} else {
		child = node->rb_left ?: node->rb_right;
		below = changed = rb_parent(node);
		was_black = rb_is_black(node);
		__rb_change_child(node, child, below, root);
	}
	/* A node's only child is red: it becomes the missing black node of the path. */
	if (child)
		rb_set_parent_color(child, below, RB_BLACK);
	augment->propagate(changed, NULL);
	return !child && was_black ? below : NULL;
}

static __always_inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
					       const struct rb_augment_callbacks *augment)
{
	struct rb_node *lacking = __rb_erase_augmented(node, root, augment);

	if (lacking)
		__rb_erase_color(lacking, root, augment->rotate);
}

static __always_inline void rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
						      const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/* Called after rb_link_node(), and after the new node's ancestors were updated. */
static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
				       const struct rb_augment_callbacks *augment)
{
	__rb_insert_augmented(node, root, augment->rotate);
}

static inline void rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root, bool newleft,
					      const struct rb_augment_callbacks *augment)
{
	if (newleft)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

static __always_inline struct rb_node *rb_add_augmented_cached(struct rb_node *node, struct rb_root_cached *tree,
							       bool (*less)(struct rb_node *, const struct rb_node *),
							       const struct rb_augment_callbacks *augment)
{
	bool leftmost;
	struct rb_node *parent = __rb_link_where(node, tree, less, &leftmost);

	augment->propagate(parent, NULL);
	rb_insert_augmented_cached(node, tree, leftmost, augment);
	return leftmost ? node : NULL;
}

/* Defines the callbacks from a function that computes a node's value and optionally returns whether it was unchanged. */
#define RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBAUGMENTED, RBCOMPUTE) \
	static inline void RBNAME##_propagate(struct rb_node *rb, struct rb_node *stop) \
	{ \
		for (; rb != stop; rb = rb_parent(rb)) \
			if (RBCOMPUTE(rb_entry(rb, RBSTRUCT, RBFIELD), true)) \
				break; \
	} \
	static inline void RBNAME##_copy(struct rb_node *from, struct rb_node *to) \
	{ \
		rb_entry(to, RBSTRUCT, RBFIELD)->RBAUGMENTED = rb_entry(from, RBSTRUCT, RBFIELD)->RBAUGMENTED; \
	} \
	static void RBNAME##_rotate(struct rb_node *below, struct rb_node *above) \
	{ \
		RBNAME##_copy(below, above); \
		RBCOMPUTE(rb_entry(below, RBSTRUCT, RBFIELD), false); \
	} \
	RBSTATIC const struct rb_augment_callbacks RBNAME = { \
		.propagate = RBNAME##_propagate, \
		.copy = RBNAME##_copy, \
		.rotate = RBNAME##_rotate, \
	};

/* Defines the callbacks for the maximum of a function's values. */
#define RB_DECLARE_CALLBACKS_MAX(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBTYPE, RBAUGMENTED, RBCOMPUTE) \
	static inline bool RBNAME##_compute_max(RBSTRUCT *node, bool exit) \
	{ \
		struct rb_node *__children[] = { node->RBFIELD.rb_left, node->RBFIELD.rb_right }; \
		RBTYPE __max = RBCOMPUTE(node); \
		for (int __i = 0; __i < 2; __i++) { \
			RBSTRUCT *__child = rb_entry_safe(__children[__i], RBSTRUCT, RBFIELD); \
			if (__child && __child->RBAUGMENTED > __max) \
				__max = __child->RBAUGMENTED; \
		} \
		if (exit && node->RBAUGMENTED == __max) \
			return true; \
		node->RBAUGMENTED = __max; \
		return false; \
	} \
	RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBAUGMENTED, RBNAME##_compute_max)

#endif
