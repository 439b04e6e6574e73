/* SPDX-License-Identifier: MIT */
/* A skip list: 60,000 keys in, 1,200,000 look-ups, all keys out. */
#include "bench.h"

#define LEVELS 16
#define KEYS 60000

struct node {
	u32 key;
	u32 height;
	struct node *next[];
};

static struct node *head;

static struct node *make(u32 key, u32 height)
{
	struct node *node = kmalloc(sizeof(*node) + height * sizeof(node->next[0]), GFP_KERNEL);
	u32 i;

	node->key = key;
	node->height = height;
	for (i = 0; i < height; i++)
		node->next[i] = NULL;
	return node;
}

static noinline struct node *find(u32 key, struct node **before)
{
	struct node *at = head;
	int level;

	for (level = LEVELS - 1; level >= 0; level--) {
		while (at->next[level] && at->next[level]->key < key)
			at = at->next[level];
		before[level] = at;
	}
	at = at->next[0];
	return at && at->key == key ? at : NULL;
}

static void insert(u32 key)
{
	struct node *before[LEVELS], *node;
	u32 height = 1, i;

	if (find(key, before))
		return;
	while (height < LEVELS && (next() & 3) == 0)
		height++;
	node = make(key, height);
	for (i = 0; i < height; i++) {
		node->next[i] = before[i]->next[i];
		before[i]->next[i] = node;
	}
}

static unsigned long work(void)
{
	struct node *before[LEVELS], *node;
	unsigned long sum = 0;
	u32 i;

	head = make(0, LEVELS);
	for (i = 0; i < KEYS; i++)
		insert(next() % (4 * KEYS) + 1);
	for (i = 0; i < 20 * KEYS; i++)
		sum += find(next() % (4 * KEYS) + 1, before) != NULL;
	while (head) {
		node = head->next[0];
		sum = sum * 31 + head->key;
		kfree(head);
		head = node;
	}
	return sum;
}
