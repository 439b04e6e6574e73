/* SPDX-License-Identifier: MIT */
/* Red-black trees (Cormen et al., Introduction to Algorithms): no red node has a red child; all paths have as many black nodes. */
#include <linux/rbtree_augmented.h>

typedef void (*rotate_fn)(struct rb_node *old, struct rb_node *by);

static inline bool is_red(const struct rb_node *node)
{
	return node && rb_is_red(node);
}

static inline bool is_black(const struct rb_node *node)
{
	return !is_red(node);
}

static inline void set_color(struct rb_node *node, int color)
{
	rb_set_parent_color(node, rb_parent(node), color);
}

/* Rotates: node's child on the other side takes its place, and node becomes that child's left or right child. */
static __always_inline void rotate(struct rb_root *root, struct rb_node *node, bool left, rotate_fn rotated)
{
	struct rb_node *parent = rb_parent(node);
	struct rb_node *up = left ? node->rb_right : node->rb_left;
	struct rb_node *inner = left ? up->rb_left : up->rb_right;

	if (left) {
		node->rb_right = inner;
		up->rb_left = node;
	} else {
		node->rb_left = inner;
		up->rb_right = node;
	}
	if (inner)
		rb_set_parent(inner, node);
	__rb_change_child(node, up, parent, root);
	rb_set_parent(up, parent);
	rb_set_parent(node, up);
	rotated(node, up);
}

static __always_inline void insert(struct rb_node *node, struct rb_root *root, rotate_fn rotated)
{
	struct rb_node *parent;

	while ((parent = rb_parent(node)) && is_red(parent)) {
		/* The root is black, so a red parent has a parent. */
		struct rb_node *grand = rb_parent(parent);
		bool left = parent == grand->rb_left;
		struct rb_node *uncle = left ? grand->rb_right : grand->rb_left;

		if (is_red(uncle)) {
			set_color(parent, RB_BLACK);
			set_color(uncle, RB_BLACK);
			set_color(grand, RB_RED);
			node = grand;
			continue;
		}
		if (node == (left ? parent->rb_right : parent->rb_left)) {
			rotate(root, parent, left, rotated);
			parent = node;
		}
		set_color(parent, RB_BLACK);
		set_color(grand, RB_RED);
		rotate(root, grand, !left, rotated);
		break;
	}
	set_color(root->rb_node, RB_BLACK);
}

/* The path through node, a child of parent that may be NULL, is one black node short. */
static __always_inline void restore_black(struct rb_root *root, struct rb_node *parent, rotate_fn rotated)
{
	struct rb_node *node = NULL;

	while (parent && is_black(node)) {
		bool left = parent->rb_left == node;
		struct rb_node *sibling = left ? parent->rb_right : parent->rb_left;
		struct rb_node *near, *far;

		if (is_red(sibling)) {
			set_color(sibling, RB_BLACK);
			set_color(parent, RB_RED);
			rotate(root, parent, left, rotated);
			sibling = left ? parent->rb_right : parent->rb_left;
		}
		near = left ? sibling->rb_left : sibling->rb_right;
		far = left ? sibling->rb_right : sibling->rb_left;
		if (is_black(near) && is_black(far)) {
			set_color(sibling, RB_RED);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (is_black(far)) {
			set_color(near, RB_BLACK);
			set_color(sibling, RB_RED);
			rotate(root, sibling, !left, rotated);
			far = sibling;
			sibling = near;
		}
		set_color(sibling, rb_color(parent));
		set_color(parent, RB_BLACK);
		set_color(far, RB_BLACK);
		rotate(root, parent, left, rotated);
		return;
	}
	if (node)
		set_color(node, RB_BLACK);
}

/* Trees that store no data about subtrees. */
static inline void no_propagate(struct rb_node *node, struct rb_node *stop)
{
}

static inline void no_copy(struct rb_node *old, struct rb_node *by)
{
}

static const struct rb_augment_callbacks none = {
	.propagate = no_propagate,
	.copy = no_copy,
	.rotate = no_copy,
};

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert(node, root, no_copy);
}

void __rb_insert_augmented(struct rb_node *node, struct rb_root *root, rotate_fn augment_rotate)
{
	insert(node, root, augment_rotate);
}

void __rb_erase_color(struct rb_node *parent, struct rb_root *root, rotate_fn augment_rotate)
{
	restore_black(root, parent, augment_rotate);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *lacking = __rb_erase_augmented(node, root, &none);

	if (lacking)
		restore_black(root, lacking, no_copy);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *by, struct rb_root *root)
{
	*by = *victim;
	if (by->rb_left)
		rb_set_parent(by->rb_left, by);
	if (by->rb_right)
		rb_set_parent(by->rb_right, by);
	__rb_change_child(victim, by, rb_parent(victim), root);
}

void rb_replace_node_rcu(struct rb_node *victim, struct rb_node *by, struct rb_root *root)
{
	*by = *victim;
	if (by->rb_left)
		rb_set_parent(by->rb_left, by);
	if (by->rb_right)
		rb_set_parent(by->rb_right, by);
	__rb_change_child_rcu(victim, by, rb_parent(victim), root);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_left)
		node = parent;
	return parent;
}

static struct rb_node *deepest_left(const struct rb_node *node)
{
	while (node->rb_left || node->rb_right)
		node = node->rb_left ?: node->rb_right;
	return (struct rb_node *)node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? deepest_left(root->rb_node) : NULL;
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = node ? rb_parent(node) : NULL;

	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest_left(parent->rb_right);
	return parent;
}
