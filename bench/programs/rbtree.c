/* SPDX-License-Identifier: MIT */
/* A red-black tree with parent pointers: objects with a node in them go in, are looked up, and go out, in random order. */
#include "bench.h"

#define KEYS 16384
#define OPERATIONS 2500000

enum { LEFT, RIGHT };

struct node {
	struct node *parent, *child[2];
	int red;
};

struct object {
	u32 key, value;
	struct node node;
};

static struct node *root;

static int is_red(const struct node *node)
{
	return node && node->red;
}

static int side_of(const struct node *node)
{
	return node->parent->child[RIGHT] == node;
}

static void put_in_place(struct node *old, struct node *now, struct node *parent)
{
	if (!parent)
		root = now;
	else
		parent->child[parent->child[RIGHT] == old] = now;
	if (now)
		now->parent = parent;
}

/* The child of the other side comes up, the node goes down on this side. */
static void rotate(struct node *node, int side)
{
	struct node *up = node->child[!side];

	node->child[!side] = up->child[side];
	if (up->child[side])
		up->child[side]->parent = node;
	put_in_place(node, up, node->parent);
	up->child[side] = node;
	node->parent = up;
}

static void balance_insert(struct node *node)
{
	while (is_red(node->parent)) {
		struct node *parent = node->parent, *above = parent->parent;
		int side = side_of(parent);
		struct node *uncle = above->child[!side];

		if (is_red(uncle)) {
			parent->red = uncle->red = 0;
			above->red = 1;
			node = above;
			continue;
		}
		if (side_of(node) != side) {
			rotate(parent, side);
			parent = node;
		}
		parent->red = 0;
		above->red = 1;
		rotate(above, !side);
		break;
	}
	root->red = 0;
}

/* A black node went away where `node` is now. */
static void balance_erase(struct node *node, struct node *parent)
{
	while (node != root && !is_red(node)) {
		int side = parent->child[RIGHT] == node;
		struct node *other = parent->child[!side];

		if (other->red) {
			other->red = 0;
			parent->red = 1;
			rotate(parent, side);
			other = parent->child[!side];
		}
		if (!is_red(other->child[LEFT]) && !is_red(other->child[RIGHT])) {
			other->red = 1;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(other->child[!side])) {
			other->child[side]->red = 0;
			other->red = 1;
			rotate(other, !side);
			other = parent->child[!side];
		}
		other->red = parent->red;
		parent->red = other->child[!side]->red = 0;
		rotate(parent, side);
		break;
	}
	if (node)
		node->red = 0;
	else if (root)
		root->red = 0;
}

static noinline void erase(struct node *node)
{
	struct node *hole, *parent;
	int was_red = node->red;

	if (node->child[LEFT] && node->child[RIGHT]) {
		struct node *after = node->child[RIGHT];

		while (after->child[LEFT])
			after = after->child[LEFT];
		was_red = after->red;
		hole = after->child[RIGHT];
		parent = after->parent == node ? after : after->parent;
		if (parent != after) {
			put_in_place(after, hole, parent);
			after->child[RIGHT] = node->child[RIGHT];
			after->child[RIGHT]->parent = after;
		}
		after->child[LEFT] = node->child[LEFT];
		after->child[LEFT]->parent = after;
		after->red = node->red;
		put_in_place(node, after, node->parent);
	} else {
		hole = node->child[LEFT] ? node->child[LEFT] : node->child[RIGHT];
		parent = node->parent;
		put_in_place(node, hole, parent);
	}
	if (!was_red)
		balance_erase(hole, parent);
}

/* The object with a key; or NULL, and where it belongs. */
static noinline struct object *find(u32 key, struct node **parent, int *side)
{
	struct node *at = root;

	*parent = NULL;
	while (at) {
		struct object *object = holder(at, struct object, node);

		if (object->key == key)
			return object;
		*parent = at;
		*side = key > object->key;
		at = at->child[*side];
	}
	return NULL;
}

static void insert(u32 key, u32 value, struct node *parent, int side)
{
	struct object *object = kmalloc(sizeof(*object), GFP_KERNEL);
	struct node *node = &object->node;

	object->key = key;
	object->value = value;
	node->parent = parent;
	node->child[LEFT] = node->child[RIGHT] = NULL;
	node->red = 1;
	if (parent)
		parent->child[side] = node;
	else
		root = node;
	balance_insert(node);
}

static unsigned long work(void)
{
	unsigned long sum = 0;
	u32 i;

	for (i = 0; i < OPERATIONS; i++) {
		struct node *parent;
		int side = 0;
		u32 key = next() % KEYS;
		struct object *object = find(key, &parent, &side);

		if (!object) {
			insert(key, i, parent, side);
		} else if (next() % 3 == 0) {
			erase(&object->node);
			sum = sum * 31 + object->value;
			kfree(object);
		} else {
			sum += object->value++;
		}
	}
	while (root) {
		struct object *object = holder(root, struct object, node);

		sum = sum * 31 + object->key;
		erase(root);
		kfree(object);
	}
	return sum;
}
