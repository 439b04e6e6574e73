/* SPDX-License-Identifier: MIT */
/* A radix tree with 64 slots in a node: it grows and shrinks, entries are marked, and the marked ones are walked. */
#include "bench.h"

#define BITS 6
#define SLOTS (1 << BITS)
#define INDICES (1 << 20)
#define OPERATIONS 8000000

struct node {
	u32 shift, count;
	u64 marked;
	struct node *parent;
	void *slots[SLOTS];
};

struct page {
	u64 index;
	u32 uses;
};

static struct node *root;

static struct node *make(u32 shift, struct node *parent)
{
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);

	memset(node, 0, sizeof(*node));
	node->shift = shift;
	node->parent = parent;
	return node;
}

static u32 slot_of(const struct node *node, u64 index)
{
	return index >> node->shift & (SLOTS - 1);
}

static int reaches(const struct node *node, u64 index)
{
	return index >> node->shift < SLOTS;
}

/* The lowest node for an index, if it is there. */
static noinline struct node *leaf_of(u64 index)
{
	struct node *node = root;

	if (!node || !reaches(node, index))
		return NULL;
	while (node && node->shift)
		node = node->slots[slot_of(node, index)];
	return node;
}

static void insert(u64 index, struct page *page)
{
	struct node *node;

	if (!root)
		root = make(0, NULL);
	while (!reaches(root, index)) {
		struct node *up = make(root->shift + BITS, NULL);

		up->slots[0] = root;
		up->count = 1;
		up->marked = root->marked != 0;
		root->parent = up;
		root = up;
	}
	for (node = root; node->shift; node = node->slots[slot_of(node, index)]) {
		u32 slot = slot_of(node, index);

		if (!node->slots[slot]) {
			node->slots[slot] = make(node->shift - BITS, node);
			node->count++;
		}
	}
	node->slots[slot_of(node, index)] = page;
	node->count++;
}

static void set_mark(struct node *node, u64 index)
{
	for (; node; node = node->parent)
		node->marked |= 1ul << slot_of(node, index);
}

static void clear_mark(struct node *node, u64 index)
{
	for (; node; node = node->parent) {
		node->marked &= ~(1ul << slot_of(node, index));
		if (node->marked)
			break;
	}
}

/* A root that has nothing but its first child gives way to it. */
static void shrink(void)
{
	while (root && root->shift && root->count == 1 && root->slots[0]) {
		struct node *child = root->slots[0];

		kfree(root);
		child->parent = NULL;
		root = child;
	}
}

static void erase(struct node *node, u64 index)
{
	clear_mark(node, index);
	while (node) {
		struct node *parent = node->parent;

		node->slots[slot_of(node, index)] = NULL;
		if (--node->count)
			break;
		kfree(node);
		if (!parent)
			root = NULL;
		node = parent;
	}
	shrink();
}

/* Takes the marks off what is below a node, and counts it. */
static u64 write_back(struct node *node)
{
	u64 sum = 0;

	while (node->marked) {
		u32 slot = __builtin_ctzl(node->marked);

		node->marked &= node->marked - 1;
		if (node->shift) {
			sum += write_back(node->slots[slot]);
		} else {
			struct page *page = node->slots[slot];

			sum = sum * 31 + page->index + page->uses;
		}
	}
	return sum;
}

static unsigned long work(void)
{
	unsigned long sum = 0;
	u64 start = 0, i;

	for (i = 0; i < OPERATIONS; i++) {
		/* Runs of indices that move on, as those of a file that is read. */
		u64 index = (start + next() % 4096) % INDICES;
		struct node *leaf = leaf_of(index);
		struct page *page = leaf ? leaf->slots[slot_of(leaf, index)] : NULL;

		if (i % 64 == 0)
			start += next() % 4;
		if (!page) {
			page = kmalloc(sizeof(*page), GFP_KERNEL);
			page->index = index;
			page->uses = 1;
			insert(index, page);
		} else if (next() % 8 == 0) {
			erase(leaf, index);
			sum += page->uses;
			kfree(page);
		} else if (page->uses++ % 2) {
			set_mark(leaf, index);
		}
		if (root && i % 4096 == 0)
			sum = sum * 31 + write_back(root);
	}
	for (i = 0; i < INDICES; i++) {
		struct node *leaf = leaf_of(i);
		struct page *page = leaf ? leaf->slots[slot_of(leaf, i)] : NULL;

		if (!page)
			continue;
		erase(leaf, i);
		sum = sum * 31 + page->index;
		kfree(page);
	}
	return sum + (root != NULL);
}
