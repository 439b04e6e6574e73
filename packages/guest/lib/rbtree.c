/* SPDX-License-Identifier: MIT */
/* Red-black trees (Cormen et al., Introduction to Algorithms): no red node has a red child; every path has as many black nodes. */
#include <linux/rbtree.h>

#define RED 0UL
#define BLACK 1UL

static inline bool is_red(const struct rb_node *node)
{
	return node && !(node->__rb_parent_color & BLACK);
}

static inline bool is_black(const struct rb_node *node)
{
	return !is_red(node);
}

static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->__rb_parent_color = (unsigned long)parent | (node->__rb_parent_color & BLACK);
}

static inline void set_color(struct rb_node *node, unsigned long color)
{
	node->__rb_parent_color = (node->__rb_parent_color & ~BLACK) | color;
}

/* Where parent, or the root, points to child, it points to by. */
static void change_child(struct rb_root *root, struct rb_node *parent, struct rb_node *child, struct rb_node *by)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, by);
	else if (parent->rb_left == child)
		WRITE_ONCE(parent->rb_left, by);
	else
		WRITE_ONCE(parent->rb_right, by);
}

/* Puts the child on the other side of node in node's place, and node below it, on the left side or the right. */
static void rotate(struct rb_root *root, struct rb_node *node, bool left)
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
		set_parent(inner, node);
	change_child(root, parent, node, up);
	set_parent(up, parent);
	set_parent(node, up);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent;

	while ((parent = rb_parent(node)) && is_red(parent)) {
		/* The root is black, so a red parent has a parent. */
		struct rb_node *grand = rb_parent(parent);
		bool left = parent == grand->rb_left;
		struct rb_node *uncle = left ? grand->rb_right : grand->rb_left;

		if (is_red(uncle)) {
			set_color(parent, BLACK);
			set_color(uncle, BLACK);
			set_color(grand, RED);
			node = grand;
			continue;
		}
		if (node == (left ? parent->rb_right : parent->rb_left)) {
			rotate(root, parent, left);
			parent = node;
		}
		set_color(parent, BLACK);
		set_color(grand, RED);
		rotate(root, grand, !left);
		break;
	}
	set_color(root->rb_node, BLACK);
}

/* The path through node, a child of parent and perhaps NULL, lacks a black node. */
static void restore_black(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
	while (parent && is_black(node)) {
		bool left = parent->rb_left == node;
		struct rb_node *sibling = left ? parent->rb_right : parent->rb_left;
		struct rb_node *near, *far;

		if (is_red(sibling)) {
			set_color(sibling, BLACK);
			set_color(parent, RED);
			rotate(root, parent, left);
			sibling = left ? parent->rb_right : parent->rb_left;
		}
		near = left ? sibling->rb_left : sibling->rb_right;
		far = left ? sibling->rb_right : sibling->rb_left;
		if (is_black(near) && is_black(far)) {
			set_color(sibling, RED);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (is_black(far)) {
			set_color(near, BLACK);
			set_color(sibling, RED);
			rotate(root, sibling, !left);
			far = sibling;
			sibling = near;
		}
		set_color(sibling, parent->__rb_parent_color & BLACK);
		set_color(parent, BLACK);
		set_color(far, BLACK);
		rotate(root, parent, left);
		return;
	}
	if (node)
		set_color(node, BLACK);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *child, *parent;
	unsigned long color;

	if (node->rb_left && node->rb_right) {
		/* The next node, which has no left child, takes the place and the colour. */
		struct rb_node *next = node->rb_right;

		while (next->rb_left)
			next = next->rb_left;
		child = next->rb_right;
		parent = rb_parent(next);
		color = next->__rb_parent_color & BLACK;
		if (parent == node) {
			parent = next;
		} else {
			parent->rb_left = child;
			if (child)
				set_parent(child, parent);
			next->rb_right = node->rb_right;
			set_parent(next->rb_right, next);
		}
		next->rb_left = node->rb_left;
		set_parent(next->rb_left, next);
		next->__rb_parent_color = node->__rb_parent_color;
		change_child(root, rb_parent(node), node, next);
	} else {
		child = node->rb_left ?: node->rb_right;
		parent = rb_parent(node);
		color = node->__rb_parent_color & BLACK;
		if (child)
			set_parent(child, parent);
		change_child(root, parent, node, child);
	}
	if (color == BLACK)
		restore_black(root, child, parent);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *by, struct rb_root *root)
{
	*by = *victim;
	if (by->rb_left)
		set_parent(by->rb_left, by);
	if (by->rb_right)
		set_parent(by->rb_right, by);
	change_child(root, rb_parent(victim), victim, by);
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
